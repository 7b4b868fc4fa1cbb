package desktoptest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"strings"
	"time"
)

// screen reads the pixels of an X server, which xdotool cannot and for which
// a program per look would be too slow. It speaks just enough of the X11
// protocol: the connection setup and GetImage.
type screen struct {
	conn          net.Conn
	root          uint32
	width, height int
}

// openScreen connects to a display such as ":7".
func openScreen(display string) (*screen, error) {
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(display, ":"))
	if err != nil {
		return nil, err
	}
	s := &screen{conn: conn}
	if err := s.setup(); err != nil {
		return nil, errors.Join(fmt.Errorf("talking to the X server: %w", err), conn.Close())
	}
	return s, nil
}

// setup is the X11 protocol's connection setup, in little-endian.
func (s *screen) setup() error {
	if err := s.send([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	head, err := s.read(8)
	if err != nil {
		return err
	}
	body, err := s.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	if err != nil {
		return err
	}
	if head[0] != 1 || len(body) < 32 {
		return fmt.Errorf("it refused: %q", body)
	}
	vendor, formats := int(binary.LittleEndian.Uint16(body[16:])), int(body[21])
	at := 32 + (vendor+3)&^3 + 8*formats
	if len(body) < at+24 {
		return io.ErrUnexpectedEOF
	}
	first := body[at:]
	s.root = binary.LittleEndian.Uint32(first)
	s.width = int(binary.LittleEndian.Uint16(first[20:]))
	s.height = int(binary.LittleEndian.Uint16(first[22:]))
	return nil
}

// pixels returns a part of the screen: four bytes a pixel, row by row.
func (s *screen) pixels(part image.Rectangle) ([]byte, error) {
	part = part.Intersect(image.Rect(0, 0, s.width, s.height))
	if part.Empty() {
		return nil, nil
	}
	const getImage, zPixmap = 73, 2
	request := []byte{getImage, zPixmap, 5, 0}
	request = binary.LittleEndian.AppendUint32(request, s.root)
	for _, n := range []int{part.Min.X, part.Min.Y, part.Dx(), part.Dy()} {
		request = binary.LittleEndian.AppendUint16(request, uint16(n)) //nolint:gosec // G115: within the screen
	}
	request = binary.LittleEndian.AppendUint32(request, ^uint32(0))
	if err := s.send(request); err != nil {
		return nil, err
	}
	for {
		head, err := s.read(32)
		switch {
		case err != nil:
			return nil, err
		case head[0] == 0:
			return nil, fmt.Errorf("the X server refused a picture: error %d", head[1])
		case head[0] != 1:
			continue // an event; nobody asked for any
		}
		return s.read(4 * int(binary.LittleEndian.Uint32(head[4:])))
	}
}

func (s *screen) send(b []byte) error {
	if err := s.conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	_, err := s.conn.Write(b)
	return err
}

func (s *screen) read(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s.conn, b)
	return b, err
}

func (s *screen) close() { _ = s.conn.Close() }
