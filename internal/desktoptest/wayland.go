package desktoptest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// seat is a pointer and a keyboard that a Wayland compositor takes for real
// ones. They stay for as long as the desktop, as those of people do: without,
// no window would have the keyboard. It speaks just enough of the protocols
// wayland, wlr-virtual-pointer-unstable-v1 and virtual-keyboard-unstable-v1.
type seat struct {
	conn *net.UnixConn
	mu   sync.Mutex // guards what is written
	next uint32     // the last object that was made

	pointer, keyboard uint32
	began             time.Time

	// globals are the names of the interfaces that there are.
	globals map[string]uint32
	done    chan uint32 // the callbacks that were called
	failed  chan struct{}
	err     error // once failed is closed
}

// wlDisplay is the object that every connection has.
const wlDisplay = 1

// openSeat connects to a compositor's socket.
func openSeat(path string) (*seat, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	s := &seat{
		conn: conn, next: wlDisplay, began: time.Now(),
		globals: map[string]uint32{}, done: make(chan uint32, 16), failed: make(chan struct{}),
	}
	registry := s.object()
	if err := s.send(wlDisplay, 1, registry); err != nil { // get_registry
		return nil, errors.Join(err, conn.Close())
	}
	go s.listen(registry)
	if err := s.begin(registry); err != nil {
		return nil, errors.Join(fmt.Errorf("talking to the compositor: %w", err), conn.Close())
	}
	return s, nil
}

func (s *seat) begin(registry uint32) error {
	if err := s.sync(); err != nil {
		return err
	}
	bind := func(name string) (uint32, error) {
		number, ok := s.globals[name]
		if !ok {
			return 0, fmt.Errorf("it has no %s", name)
		}
		id := s.object()
		return id, s.send(registry, 0, number, name, uint32(1), id)
	}
	seat, err1 := bind("wl_seat")
	pointers, err2 := bind("zwlr_virtual_pointer_manager_v1")
	keyboards, err3 := bind("zwp_virtual_keyboard_manager_v1")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	s.pointer, s.keyboard = s.object(), s.object()
	return errors.Join(
		s.send(pointers, 0, seat, s.pointer),
		s.send(keyboards, 0, seat, s.keyboard),
		s.keymap(),
		s.sync(),
	)
}

// layout is the usual American one; the compositor has the files it includes.
const layout = `xkb_keymap {
	xkb_keycodes { include "evdev+aliases(qwerty)" };
	xkb_types { include "complete" };
	xkb_compat { include "complete" };
	xkb_symbols { include "pc+us+inet(evdev)" };
};
`

func (s *seat) keymap() error {
	f, err := os.CreateTemp("", "keymap")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_ = os.Remove(f.Name())
	if _, err := f.WriteString(layout + "\x00"); err != nil {
		return err
	}
	const xkbV1 = 1
	b := message(s.keyboard, 0, uint32(xkbV1), uint32(len(layout)+1))
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, err = s.conn.WriteMsgUnix(b, syscall.UnixRights(int(f.Fd())), nil)
	return err
}

// object returns the number of a new object.
func (s *seat) object() uint32 {
	s.next++
	return s.next
}

// message encodes a request: words and texts.
func message(object uint32, opcode uint16, args ...any) []byte {
	b := binary.NativeEndian.AppendUint32(nil, object)
	b = binary.NativeEndian.AppendUint32(b, 0)
	for _, a := range args {
		switch a := a.(type) {
		case uint32:
			b = binary.NativeEndian.AppendUint32(b, a)
		case string:
			b = binary.NativeEndian.AppendUint32(b, uint32(len(a)+1)) //nolint:gosec // G115: a name
			b = append(b, a...)
			b = append(b, make([]byte, 4-len(a)%4)...)
		}
	}
	binary.NativeEndian.PutUint32(b[4:], uint32(len(b))<<16|uint32(opcode)) //nolint:gosec // G115: short
	return b
}

func (s *seat) send(object uint32, opcode uint16, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.conn.Write(message(object, opcode, args...))
	return err
}

// sync waits until the compositor has done what it was asked for.
func (s *seat) sync() error {
	callback := s.object()
	if err := s.send(wlDisplay, 0, callback); err != nil {
		return err
	}
	for {
		select {
		case id := <-s.done:
			if id == callback {
				return nil
			}
		case <-s.failed:
			return s.err
		case <-time.After(Patience):
			return errors.New("no answer")
		}
	}
}

// listen reads events until the connection ends. The compositor gives the
// numbers of objects that are gone to be used again, which nobody does here.
func (s *seat) listen(registry uint32) {
	defer close(s.failed)
	head := make([]byte, 8)
	for {
		if _, s.err = io.ReadFull(s.conn, head); s.err != nil {
			return
		}
		object, word := binary.NativeEndian.Uint32(head), binary.NativeEndian.Uint32(head[4:])
		if word>>16 < 8 {
			s.err = io.ErrUnexpectedEOF
			return
		}
		body := make([]byte, word>>16-8)
		if _, s.err = io.ReadFull(s.conn, body); s.err != nil {
			return
		}
		switch opcode := word & 0xffff; {
		case object == wlDisplay && opcode == 0: // error: object, code, text
			s.err = fmt.Errorf("the compositor refused: %q", body)
			return
		case object == wlDisplay: // delete_id
		case object == registry && opcode == 0 && len(body) > 8: // global: name, interface, version
			n := min(int(binary.NativeEndian.Uint32(body[4:])), len(body)-8)
			s.globals[strings.TrimRight(string(body[8:8+n]), "\x00")] = binary.NativeEndian.Uint32(body)
		case len(body) == 4 && opcode == 0: // a callback, or what the seat can
			select {
			case s.done <- object:
			default:
			}
		}
	}
}

func (s *seat) now() uint32 { return uint32(time.Since(s.began).Milliseconds()) } //nolint:gosec // G115: of a test

// buttons are the codes of the kernel for those of X11.
var buttons = map[int]uint32{1: 0x110, 2: 0x112, 3: 0x111}

// move moves the pointer to a place on a screen of that size.
func (s *seat) move(x, y, width, height int) error {
	return errors.Join(
		s.send(s.pointer, 1, s.now(), uint32(x), uint32(y), uint32(width), uint32(height)), //nolint:gosec // G115: on the screen
		s.send(s.pointer, 4),
		s.sync(),
	)
}

// click moves the pointer, and clicks. To some toolkits a pointer that has only
// entered a window is nowhere.
func (s *seat) click(x, y, width, height, button int) error {
	for _, step := range []func() error{
		func() error { return s.move(max(0, x-3), y, width, height) },
		func() error { return s.move(x, y, width, height) },
		func() error { return s.send(s.pointer, 2, s.now(), buttons[button], uint32(1)) },
		func() error { return s.send(s.pointer, 2, s.now(), buttons[button], uint32(0)) },
	} {
		if err := errors.Join(step(), s.send(s.pointer, 4), s.sync()); err != nil {
			return err
		}
		time.Sleep(keyPause) // people are no faster, and toolkits rely on it
	}
	return nil
}

// keyPause is that between two keys, and between the press of a button and its
// release.
const keyPause = 30 * time.Millisecond

// Modifiers, as bits of the layout above.
const (
	shift   = 1
	control = 4
	alt     = 8
)

// named are the keys that have names in xdotool, with the codes of the kernel.
var named = map[string]uint32{
	"Escape": 1, "BackSpace": 14, "Tab": 15, "Return": 28, "space": 57, "F1": 59, "F5": 63,
	"Home": 102, "Up": 103, "Prior": 104, "Left": 105, "Right": 106, "End": 107, "Down": 108, "Next": 109, "Delete": 111,
}

// rows are what the keys of the layout give, without and with Shift, from the
// code of the first on.
var rows = []struct {
	first        uint32
	plain, shift string
}{
	{2, "1234567890-=", "!@#$%^&*()_+"},
	{16, "qwertyuiop[]", "QWERTYUIOP{}"},
	{30, "asdfghjkl;'`", `ASDFGHJKL:"~`},
	{43, `\zxcvbnm,./`, `|ZXCVBNM<>?`},
	{57, " ", ""},
}

// keyOf returns the code of the key for a character, and its modifiers.
func keyOf(character string) (code, modifiers uint32, ok bool) {
	for _, row := range rows {
		if i := strings.Index(row.plain, character); i >= 0 {
			return row.first + uint32(i), 0, true //nolint:gosec // G115: within the row
		}
		if i := strings.Index(row.shift, character); i >= 0 {
			return row.first + uint32(i), shift, true //nolint:gosec // G115: within the row
		}
	}
	return 0, 0, false
}

// key presses a key by xdotool's name: "Tab", "ctrl+a".
func (s *seat) key(name string) error {
	parts := strings.Split(name, "+")
	held := uint32(0)
	for _, modifier := range parts[:len(parts)-1] {
		held |= map[string]uint32{"shift": shift, "ctrl": control, "alt": alt}[modifier]
	}
	last := parts[len(parts)-1]
	code, ok := named[last]
	if !ok {
		var modifiers uint32
		if code, modifiers, ok = keyOf(last); !ok {
			return fmt.Errorf("no key is known for %q", name)
		}
		held |= modifiers
	}
	return s.press(code, held)
}

func (s *seat) press(code, modifiers uint32) error {
	err := errors.Join(
		s.send(s.keyboard, 2, modifiers, uint32(0), uint32(0), uint32(0)),
		s.send(s.keyboard, 1, s.now(), code, uint32(1)),
		s.send(s.keyboard, 1, s.now(), code, uint32(0)),
		s.send(s.keyboard, 2, uint32(0), uint32(0), uint32(0), uint32(0)),
		s.sync(),
	)
	time.Sleep(keyPause)
	return err
}

func (s *seat) write(text string) error {
	for _, r := range text {
		code, modifiers, ok := keyOf(string(r))
		if !ok {
			return fmt.Errorf("no key is known for %q", r)
		}
		if err := s.press(code, modifiers); err != nil {
			return err
		}
	}
	return nil
}

func (s *seat) close() { _ = s.conn.Close() }
