//go:build unix && !darwin

package clipboard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The little of Wayland's protocol that a program without a window needs to put
// something on the clipboard: where the compositor has the protocol
// ext-data-control-v1, or wlr-data-control-unstable-v1, of which it was made.
// sway, Hyprland, KWin and COSMIC have it, and GNOME does not.
const (
	wlDisplay  = 1
	wlRegistry = 2
	wlSync     = 3
	wlSeat     = 4
	wlManager  = 5
	wlSource   = 6
	wlDevice   = 7
	wlTaken    = 8
)

var managers = []string{"ext_data_control_manager_v1", "zwlr_data_control_manager_v1"}

var ne = binary.NativeEndian

// offered are the forms in which the text can be had.
var offered = []string{"text/plain;charset=utf-8", "text/plain", "UTF8_STRING", "STRING", "TEXT", hint}

// wlOwner is a connection that owns the selection of a seat.
type wlOwner struct {
	conn *net.UnixConn
	text string
	in   []byte
	fds  []int
	lost bool
	// synced is the callback that has come last.
	synced uint32
	// manager and seat are what the registry names: name and interface.
	manager, seat uint32
	kind          string
}

func putWayland(ctx context.Context, display, text string) (serve func(), err error) {
	path := display
	if !filepath.IsAbs(path) {
		path = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), display)
	}
	conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("reaching the compositor: %w", err)
	}
	o := &wlOwner{conn: conn.(*net.UnixConn), text: text}
	if err := o.begin(); err != nil {
		o.close()
		return nil, err
	}
	return func() {
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the selection is cleared then
		defer stop()
		defer o.close()
		for !o.lost && o.read() == nil {
		}
	}, nil
}

func (o *wlOwner) close() {
	_ = o.conn.Close()
	for _, fd := range o.fds {
		_ = syscall.Close(fd)
	}
	o.fds = nil
}

func (o *wlOwner) begin() error {
	if err := o.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	err := errors.Join(o.send(wlDisplay, 1, u32(wlRegistry)), o.await(wlSync))
	if err != nil {
		return err
	}
	if o.manager == 0 || o.seat == 0 {
		return ErrRefused
	}
	const bind, createSource, getDevice, offer, setSelection = 0, 0, 1, 0, 0
	err = errors.Join(
		o.send(wlRegistry, bind, u32(o.seat), str("wl_seat"), u32(1), u32(wlSeat)),
		o.send(wlRegistry, bind, u32(o.manager), str(o.kind), u32(1), u32(wlManager)),
		o.send(wlManager, createSource, u32(wlSource)),
		o.send(wlManager, getDevice, u32(wlDevice), u32(wlSeat)),
	)
	for _, mime := range offered {
		err = errors.Join(err, o.send(wlSource, offer, str(mime)))
	}
	err = errors.Join(err, o.send(wlDevice, setSelection, u32(wlSource)))
	if err == nil {
		err = o.await(wlTaken)
	}
	if err != nil {
		return err
	}
	if o.lost {
		return ErrRefused
	}
	return o.conn.SetDeadline(time.Time{})
}

// await asks for a callback, and reads until it has come: all before it has been
// done then.
func (o *wlOwner) await(callback uint32) error {
	if err := o.send(wlDisplay, 0, u32(callback)); err != nil {
		return err
	}
	for o.synced != callback {
		if err := o.read(); err != nil {
			return err
		}
	}
	return nil
}

func (o *wlOwner) send(object uint32, opcode uint16, args ...[]byte) error {
	body := slices.Concat(args...)
	b := ne.AppendUint32(nil, object)
	b = ne.AppendUint32(b, uint32(8+len(body))<<16|uint32(opcode)) // #nosec G115 -- a few names
	_, err := o.conn.Write(append(b, body...))
	return err
}

// read reads what has come, and does what it says.
func (o *wlOwner) read() error {
	const room, most = 4 << 10, 16
	buf, oob := make([]byte, room), make([]byte, syscall.CmsgSpace(4*most))
	n, oobn, _, _, err := o.conn.ReadMsgUnix(buf, oob)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		return err
	}
	if messages, err := syscall.ParseSocketControlMessage(oob[:oobn]); err == nil {
		for _, m := range messages {
			if fds, err := syscall.ParseUnixRights(&m); err == nil {
				o.fds = append(o.fds, fds...)
			}
		}
	}
	o.in = append(o.in, buf[:n]...)
	for len(o.in) >= 8 {
		object, word := ne.Uint32(o.in), ne.Uint32(o.in[4:])
		size := int(word >> 16)
		if size < 8 {
			return errors.New("the compositor sends no message")
		}
		if len(o.in) < size {
			return nil
		}
		body := slices.Clone(o.in[8:size])
		o.in = o.in[size:]
		if err := o.event(object, uint16(word&0xffff), body); err != nil {
			return err
		}
	}
	return nil
}

// event does what an event of one of our objects says; all others are for those
// who read clipboards.
func (o *wlOwner) event(object uint32, opcode uint16, body []byte) error {
	switch {
	case object == wlDisplay && opcode == 0:
		return ErrRefused // an error of the protocol, which ends the connection
	case object == wlRegistry && opcode == 0 && len(body) >= 8:
		name := ne.Uint32(body)
		kind, _ := readStr(body[4:])
		switch {
		case kind == "wl_seat" && o.seat == 0:
			o.seat = name
		case kind == managers[0], kind == managers[1] && o.manager == 0:
			o.manager, o.kind = name, kind
		}
	case (object == wlSync || object == wlTaken) && opcode == 0:
		o.synced = object
	case object == wlSource && opcode == 0:
		mime, _ := readStr(body)
		if len(o.fds) == 0 {
			return errors.New("the compositor sent no file")
		}
		fd := o.fds[0]
		o.fds = o.fds[1:]
		o.give(fd, mime)
	case object == wlSource && opcode == 1, object == wlDevice && opcode == 2:
		o.lost = true
	}
	return nil
}

// give writes the text where it is wanted. Who does not read it is not waited
// for: the other end may be anybody's.
func (o *wlOwner) give(fd int, mime string) {
	_ = syscall.SetNonblock(fd, true)
	f := os.NewFile(uintptr(fd), "paste") // #nosec G115 -- a file that the system has just given
	if f == nil {
		return
	}
	defer func() { _ = f.Close() }()
	_ = f.SetWriteDeadline(time.Now().Add(time.Second))
	text := o.text
	if mime == hint {
		text = secret
	} else if !slices.Contains(offered, mime) {
		return
	}
	_, _ = io.WriteString(f, text)
}

func u32(n uint32) []byte { return ne.AppendUint32(nil, n) }

func str(s string) []byte {
	return append(u32(uint32(len(s)+1)), padded(append([]byte(s), 0))...) // #nosec G115 -- a name of ours
}

func readStr(b []byte) (string, bool) {
	if len(b) < 4 {
		return "", false
	}
	n := ne.Uint32(b)
	if n == 0 || int64(n) > int64(len(b)-4) {
		return "", false
	}
	return strings.TrimRight(string(b[4:4+n]), "\x00"), true
}
