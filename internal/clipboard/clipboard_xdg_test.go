//go:build unix && !darwin

package clipboard

import (
	"encoding/binary"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// entry is one of a file of cookies.
func entry(family uint16, fields ...string) string {
	b := binary.BigEndian.AppendUint16(nil, family)
	for _, f := range fields {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(f))), f...) // #nosec G115 -- short
	}
	return string(b)
}

func TestCookieOfADisplay(t *testing.T) {
	const magic = "MIT-MAGIC-COOKIE-1"
	file := entry(0, "\x7f\x00\x00\x01", "1", magic, "of an address") +
		entry(familyLocal, "other", "1", magic, "of another host") +
		entry(familyWild, "", "", magic, "of any") +
		entry(familyLocal, "here", "1", "XDM-AUTHORIZATION-1", "of another kind") +
		entry(familyLocal, "here", "1", magic, "right") +
		entry(familyLocal, "here", "2", magic, "of another display")
	for number, want := range map[string]string{"1": "right", "2": "of another display", "3": "of any"} {
		if name, got := readCookie([]byte(file), "here", number); name != magic || string(got) != want {
			t.Errorf("%s: %q %q", number, name, got)
		}
	}
	if name, _ := readCookie(nil, "here", "1"); name != "" {
		t.Error("a cookie out of nothing")
	}
	for n := range len(file) {
		readCookie([]byte(file[:n]), "here", "1")
	}
}

// Where there is nobody to ask, or who is asked does not let it, it says so soon.
func TestRefused(t *testing.T) {
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("DISPLAY", "")
	if _, err := Put(t.Context(), "1234", time.Minute); !errors.Is(err, ErrRefused) {
		t.Errorf("without a display: %v", err)
	}
	t.Setenv("DISPLAY", "nonsense")
	if _, err := Put(t.Context(), "1234", time.Minute); err == nil {
		t.Error("no display")
	}
	if _, err := Put(t.Context(), strings.Repeat("x", MaxText+1), time.Minute); err == nil {
		t.Error("too long")
	}

	// A compositor without the protocol.
	path := filepath.Join(t.TempDir(), "wayland")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		buf := make([]byte, 24) // get_registry, sync
		if _, err := conn.Read(buf); err != nil {
			return
		}
		seat := append(append(u32(7), str("wl_seat")...), u32(5)...)
		_, _ = conn.Write(append(append(append(u32(wlRegistry), u32(uint32(8+len(seat))<<16)...), seat...), // #nosec G115 -- short
			append(append(u32(wlSync), u32(12<<16)...), u32(0)...)...))
		_, _ = conn.Read(buf) // its end
	}()
	t.Setenv("WAYLAND_DISPLAY", path)
	if _, err := Put(t.Context(), "1234", time.Minute); !errors.Is(err, ErrRefused) {
		t.Errorf("a compositor without the protocol: %v", err)
	}
	_ = l.Close()
	<-served
}
