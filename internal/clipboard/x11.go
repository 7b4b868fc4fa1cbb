//go:build unix && !darwin

package clipboard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The little of the X Window System Protocol, version 11, that the owner of a
// selection needs (its sections "Requests" and "Events", and the Inter-Client
// Communication Conventions Manual, section 2).
const (
	xCreateWindow      = 1
	xInternAtom        = 16
	xChangeProperty    = 18
	xSetSelectionOwner = 22
	xGetSelectionOwner = 23
	xSendEvent         = 25

	xReply            = 1
	xPropertyNotify   = 28
	xSelectionClear   = 29
	xSelectionRequest = 30
	xSelectionNotify  = 31
	xGenericEvent     = 35

	atomATOM    = 4
	atomINTEGER = 19
	atomSTRING  = 31

	// maxSetup and maxExtra bound what a server sends, in octets.
	maxSetup = 256 << 10
	maxExtra = 1 << 20
)

var le = binary.LittleEndian

// xOwner is a connection that owns the selection CLIPBOARD.
type xOwner struct {
	conn         net.Conn
	r            *bufio.Reader
	root, window uint32
	text         string
	since        uint32 // server time
	clipboard    uint32
	// targets are the forms in which the text can be had, by their atoms.
	targets, timestamp uint32
	forms              map[uint32]form
	order              []uint32
}

// form is what a requestor gets for a target: octets of a type.
type form struct {
	kind uint32
	data string
}

func putX11(ctx context.Context, display, text string) (serve func(), err error) {
	number, conn, err := dialX11(ctx, display)
	if err != nil {
		return nil, err
	}
	o := &xOwner{conn: conn, r: bufio.NewReader(conn), text: text}
	if err = o.begin(number); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("owning the clipboard: %w", err)
	}
	return func() {
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the selection has no owner then
		defer stop()
		defer func() { _ = conn.Close() }()
		o.serve()
	}, nil
}

// dialX11 connects to a display: [host]:number[.screen].
func dialX11(ctx context.Context, display string) (number string, conn net.Conn, err error) {
	i := strings.LastIndexByte(display, ':')
	if i < 0 {
		return "", nil, fmt.Errorf("%q is no X display", display)
	}
	host := strings.TrimSuffix(display[:i], "/unix")
	number, _, _ = strings.Cut(display[i+1:], ".")
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return "", nil, fmt.Errorf("%q is no X display", display)
	}
	dialer := net.Dialer{Timeout: answerTime}
	if host != "" && host != "unix" {
		conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.FormatUint(6000+n, 10)))
		return number, conn, err
	}
	path := "/tmp/.X11-unix/X" + number
	if conn, err = dialer.DialContext(ctx, "unix", path); err != nil {
		conn, err = dialer.DialContext(ctx, "unix", "@"+path) // of Linux, in no folder
	}
	return number, conn, err
}

// begin takes the selection.
func (o *xOwner) begin(number string) error {
	if err := o.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	if err := o.setup(cookie(number)); err != nil {
		return err
	}
	var atoms []uint32
	for _, name := range []string{"CLIPBOARD", "TARGETS", "TIMESTAMP", "UTF8_STRING", "text/plain;charset=utf-8", "TEXT", hint} {
		atom, err := o.intern(name)
		if err != nil {
			return err
		}
		atoms = append(atoms, atom)
	}
	utf8 := atoms[3]
	o.clipboard, o.targets, o.timestamp = atoms[0], atoms[1], atoms[2]
	o.order = []uint32{utf8, atoms[4], atoms[5], atoms[6]}
	o.forms = map[uint32]form{utf8: {utf8, o.text}, atoms[4]: {atoms[4], o.text}, atoms[5]: {utf8, o.text}, atoms[6]: {atoms[6], secret}}
	if isASCII(o.text) {
		o.order = append(o.order, atomSTRING)
		o.forms[atomSTRING] = form{atomSTRING, o.text}
	}
	// A window that is never shown: of input only, one by one, and told of its
	// properties.
	const inputOnly, eventMask, propertyChange = 2, 0x800, 0x400000
	err := o.request(xCreateWindow, 0, o.window, o.root, u16s(0, 0), u16s(1, 1), u16s(0, inputOnly), 0, eventMask, propertyChange)
	if err != nil {
		return err
	}
	// What changes a property is told the time of the server, which the owner of
	// a selection has to name.
	if err := o.property(o.window, atoms[2], atomINTEGER, 32, nil); err != nil {
		return err
	}
	for o.since == 0 {
		p, err := o.next()
		if err != nil {
			return err
		}
		if p[0] == xPropertyNotify {
			o.since = le.Uint32(p[12:])
		}
	}
	if err := o.request(xSetSelectionOwner, 0, o.window, o.clipboard, o.since); err != nil {
		return err
	}
	if err := o.request(xGetSelectionOwner, 0, o.clipboard); err != nil {
		return err
	}
	for {
		p, err := o.next()
		if err != nil {
			return err
		}
		switch p[0] {
		case xSelectionRequest:
			err = o.answer(p)
		case xReply:
			if le.Uint32(p[8:]) != o.window {
				return errors.New("another program took it")
			}
			return o.conn.SetDeadline(time.Time{})
		}
		if err != nil {
			return err
		}
	}
}

// serve answers who wants the text, until another program owns the selection or
// the connection ends.
func (o *xOwner) serve() {
	for {
		p, err := o.next()
		if err != nil {
			return
		}
		switch p[0] {
		case xSelectionClear:
			if le.Uint32(p[12:]) == o.clipboard {
				return
			}
		case xSelectionRequest:
			if o.answer(p) != nil {
				return
			}
		}
	}
}

// answer gives the requestor what it asks for in a property of its window, and
// tells it so.
func (o *xOwner) answer(p []byte) error {
	at, requestor, selection, target, property := le.Uint32(p[4:]), le.Uint32(p[12:]), le.Uint32(p[16:]), le.Uint32(p[20:]), le.Uint32(p[24:])
	if property == 0 {
		property = target // of clients from before the conventions
	}
	var err error
	f, known := o.forms[target]
	switch {
	case selection != o.clipboard:
		property = 0
	case target == o.targets:
		all := append([]uint32{o.targets, o.timestamp}, o.order...)
		err = o.property(requestor, property, atomATOM, 32, words(all...))
	case target == o.timestamp:
		err = o.property(requestor, property, atomINTEGER, 32, words(o.since))
	case known:
		err = o.property(requestor, property, f.kind, 8, []byte(f.data))
	default:
		property = 0
	}
	if err != nil {
		return err
	}
	event := append([]byte{xSelectionNotify, 0, 0, 0}, words(at, requestor, selection, target, property, 0, 0)...)
	return o.request(xSendEvent, 0, requestor, 0, event)
}

// property replaces a property of a window; size is of its items, in bits.
func (o *xOwner) property(window, name, kind uint32, size byte, data []byte) error {
	return o.request(xChangeProperty, 0, window, name, kind, []byte{size, 0, 0, 0}, len(data)/(int(size)/8), padded(data))
}

func (o *xOwner) intern(name string) (uint32, error) {
	if err := o.request(xInternAtom, 0, u16s(len(name), 0), padded([]byte(name))); err != nil {
		return 0, err
	}
	for {
		p, err := o.next()
		if err != nil {
			return 0, err
		}
		if p[0] == xReply {
			return le.Uint32(p[8:]), nil
		}
	}
}

// request sends a request: its opcode, its second octet, and what follows its
// length, of which each is four octets or more of them.
func (o *xOwner) request(opcode, detail byte, parts ...any) error {
	b := []byte{opcode, detail, 0, 0}
	for _, part := range parts {
		switch part := part.(type) {
		case uint32:
			b = le.AppendUint32(b, part)
		case int:
			b = le.AppendUint32(b, uint32(part)) // #nosec G115 -- lengths of what MaxText bounds, and constants
		case []byte:
			b = append(b, part...)
		}
	}
	le.PutUint16(b[2:], uint16(len(b)/4)) // #nosec G115 -- as above
	_, err := o.conn.Write(b)
	return err
}

// next reads an event, a reply or an error: its first 32 octets.
func (o *xOwner) next() ([]byte, error) {
	p := make([]byte, 32)
	if _, err := io.ReadFull(o.r, p); err != nil {
		return nil, err
	}
	if p[0] == xReply || p[0]&0x7f == xGenericEvent {
		extra := int64(le.Uint32(p[4:])) * 4
		if extra > maxExtra {
			return nil, errors.New("the X server sends too much")
		}
		if _, err := io.CopyN(io.Discard, o.r, extra); err != nil {
			return nil, err
		}
	}
	p[0] &= 0x7f // a client may have sent it
	return p, nil
}

// setup opens the connection.
func (o *xOwner) setup(name string, data []byte) error {
	b := []byte{'l', 0}
	for _, n := range []int{11, 0, len(name), len(data), 0} {
		b = le.AppendUint16(b, uint16(n)) // #nosec G115 -- read from 16 bits
	}
	b = append(append(b, padded([]byte(name))...), padded(data)...)
	if _, err := o.conn.Write(b); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(o.r, head); err != nil {
		return err
	}
	size := int(le.Uint16(head[6:])) * 4
	if head[0] != 1 {
		return errors.New("the X server refuses the connection")
	}
	rest := make([]byte, min(size, maxSetup))
	if _, err := io.ReadFull(o.r, rest); err != nil {
		return err
	}
	const fixed, aFormat = 32, 8
	if len(rest) < fixed {
		return io.ErrUnexpectedEOF
	}
	base := le.Uint32(rest[4:])
	screens := fixed + pad(int(le.Uint16(rest[16:]))) + aFormat*int(rest[21])
	if rest[20] == 0 || len(rest) < screens+4 {
		return errors.New("the X server has no screen")
	}
	o.root, o.window = le.Uint32(rest[screens:]), base|1
	return nil
}

// cookie finds what a display wants to be shown by its clients, in the file that
// XAUTHORITY or convention names. Without one, the server decides.
func cookie(number string) (name string, data []byte) {
	path := os.Getenv("XAUTHORITY")
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", nil
		}
		path = filepath.Join(home, ".Xauthority")
	}
	f, err := os.Open(path) // #nosec G304 G703 -- the session says where it is
	if err != nil {
		return "", nil
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return "", nil
	}
	host, _ := os.Hostname()
	return readCookie(raw, host, number)
}

// Families of the addresses in that file, beside those of the protocol.
const (
	familyLocal = 256
	familyWild  = 65535
)

// readCookie reads Xau's format: entries of a family and four counted fields.
// One for this computer is better than one of a display by that number anywhere.
func readCookie(raw []byte, host, number string) (name string, data []byte) {
	r := bytes.NewReader(raw)
	field := func() []byte {
		var n uint16
		if binary.Read(r, binary.BigEndian, &n) != nil || int(n) > r.Len() {
			return nil
		}
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return b
	}
	const magic = "MIT-MAGIC-COOKIE-1"
	best := 0
	for {
		var family uint16
		if binary.Read(r, binary.BigEndian, &family) != nil {
			return name, data
		}
		address, at, kind, value := field(), field(), field(), field()
		if string(kind) != magic || len(at) > 0 && string(at) != number {
			continue
		}
		good := 1
		switch {
		case family == familyLocal && string(address) == host:
			good = 3
		case family == familyWild:
			good = 2
		}
		if good > best {
			best, name, data = good, magic, value
		}
	}
}

func u16s(a, b int) []byte {
	return le.AppendUint16(le.AppendUint16(nil, uint16(a)), uint16(b)) // #nosec G115 -- small constants, and lengths of names
}

func words(list ...uint32) (b []byte) {
	for _, w := range list {
		b = le.AppendUint32(b, w)
	}
	return b
}

func pad(n int) int { return (n + 3) &^ 3 }

func padded(b []byte) []byte { return append(bytes.Clone(b), make([]byte, pad(len(b))-len(b))...) }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}
