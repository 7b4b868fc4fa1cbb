//go:build cgo && !nowindow

package window

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/settings"
)

// parcel is a message with files, as a fake has it: source and what is read of it.
func parcel(t *testing.T, f *fake, files ...[3]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("From: Ann <ann@example.org>\r\nSubject: files\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHere.\r\n")
	for _, file := range files {
		fmt.Fprintf(&b, "--x\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename*=utf-8''%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
			file[1], strings.ReplaceAll(file[0], " ", "%20"), base64.StdEncoding.EncodeToString([]byte(file[2])))
	}
	b.WriteString("--x--\r\n")
	f.source = b.String()
	m, err := message.Read(strings.NewReader(f.source), message.Hints{})
	if err != nil {
		t.Fatal(err)
	}
	f.message = api.FullMessage{Address: "ann@example.org", MessageID: "<id-1@example.org>", Document: m.Document, Files: m.Files, Complete: true}
}

// reading opens the first message.
func reading1(t *testing.T, f *fake, open ipc.OpenRequest) (*harness, *mailboxScreen) {
	t.Helper()
	h, s := openMailbox(t, f, open)
	if open.UID == "" {
		s.open(f.mails[0])
	}
	h.until("the message", func() bool { return s.reader.actions.fetched })
	return h, s
}

func shortcut(s *mailboxScreen, key fyne.KeyName, modifier fyne.KeyModifier) {
	s.keys.shortcut(&desktop.CustomShortcut{KeyName: key, Modifier: modifier})
}

func TestCodeButton(t *testing.T) {
	f := filled()
	f.message.Code = "482913"
	h, s := reading1(t, f, ipc.OpenRequest{Account: f.mails[0].Account, UID: f.mails[0].UID, Code: true})
	code := s.reader.actions.code
	if !code.Visible() || code.Text != "Copy code 482913" {
		t.Errorf("the button says %q", code.Text)
	}
	if s.window.Canvas().Focused() != fyne.Focusable(code) {
		t.Error("the button has no focus")
	}
	press(s, fyne.KeyReturn)
	h.until("the copy", func() bool { return code.Text == "482913 copied" })
	if !slices.Contains(f.calls(), "copy 482913") {
		t.Errorf("%q", f.calls())
	}

	// Where the tray role cannot, the window does.
	f.mu.Lock()
	f.fail["copy"] = errors.New("refused")
	f.mu.Unlock()
	shortcut(s, fyne.KeyC, shifted)
	h.until("the copy", func() bool { return fyne.CurrentApp().Clipboard().Content() == "482913" })

	// The next message has none.
	f.mu.Lock()
	f.message.Code = ""
	f.mu.Unlock()
	s.open(f.mails[1])
	if code.Visible() {
		t.Error("the code of another message")
	}
}

func TestActions(t *testing.T) {
	f := filled()
	parcel(t, f)
	f.mails[0].Subject = "Lunch?"
	f.accounts = []settings.Account{{ID: f.mails[0].Account, Open: "https://mail.example.org/"}}
	h, s := reading1(t, f, ipc.OpenRequest{})
	opened := func(want string) {
		t.Helper()
		h.until(want, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return slices.Contains(f.outside, want)
		})
	}
	test.Tap(s.reader.actions.reply)
	opened("url mailto:ann@example.org?subject=Re%3A%20Lunch%3F&In-Reply-To=%3Cid-1@example.org%3E")
	shortcut(s, fyne.KeyO, fyne.KeyModifierShortcutDefault)
	opened("message mid:id-1@example.org")

	test.Tap(s.reader.actions.more)
	h.until("the menu", func() bool { return s.window.Canvas().Overlays().Top() != nil })
	var labels []string
	for _, item := range s.reader.actions.menu("https://mail.example.org/").Items {
		labels = append(labels, item.Label)
	}
	if got := strings.Join(labels, "|"); got != "Reply|Open in mail program|Open webmail|Mark as unseen||Save message…|Save attachments…|Headers|Source||Delete|Keys" {
		t.Errorf("the menu has %q", got)
	}
	press(s, fyne.KeyEscape)
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("the menu stays")
	}

	for range 2 { // unseen, and seen again
		shortcut(s, fyne.KeyU, shifted)
		before := s.reader.actions.mail.Seen
		h.until("the mark", func() bool { return s.reader.actions.mail.Seen != before })
	}
	uid := f.mails[0].UID
	for _, want := range []string{"unseen", "seen"} {
		if !slices.ContainsFunc(f.calls(), func(c string) bool { return strings.HasPrefix(c, want+" ") && strings.Contains(c, uid) }) {
			t.Errorf("no %s in %q", want, f.calls())
		}
	}

	for key, modifier := range map[fyne.KeyName]fyne.KeyModifier{fyne.KeyU: fyne.KeyModifierShortcutDefault, fyne.KeyH: shifted} {
		shortcut(s, key, modifier)
		h.until("the text", func() bool { return s.dialogs.open != nil })
		if !s.dialogs.dismiss() {
			t.Error("nothing to dismiss")
		}
	}
	s.keys.key(&fyne.KeyEvent{Name: fyne.KeyF1})
	if s.dialogs.open == nil {
		t.Error("no help")
	}
	if closed := s.dialogs.dismiss(); !closed {
		t.Error("the help stays")
	}
}

// Octets are what they were, and the message is fetched once for all of them.
func TestAttachmentsAreSaved(t *testing.T) {
	f := filled()
	content := strings.Repeat("年度报告\x00\xff", 5000)
	parcel(t, f, [3]string{"年度报告 2026.pdf", "application/pdf", content}, [3]string{"b.txt", "application/x-b", "two"})
	h, s := reading1(t, f, ipc.OpenRequest{})
	a := s.reader.attachments
	dir := t.TempDir()
	var asked string
	a.choose = func(name string, then func(io.WriteCloser, string)) {
		asked = name
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		then(file, file.Name())
	}
	a.chooseFolder = func(then func(string)) { then(dir) }
	has := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %d octets instead of %d, %v", name, len(got), len(want), err)
		}
	}
	a.save(0)
	h.until("the file", func() bool { return strings.HasPrefix(a.outcome.label.Text, "Saved to") })
	if asked != "年度报告 2026.pdf" {
		t.Errorf("asked for %q", asked)
	}
	has(asked, content)
	a.saveAll()
	h.until("both", func() bool { return strings.HasPrefix(a.outcome.label.Text, "2 attachments") })
	has("年度报告 2026.pdf", content)
	has("年度报告 2026 (2).pdf", content)
	has("b.txt", "two")
	s.reader.actions.saveMessage()
	h.until("the message", func() bool { return strings.Contains(a.outcome.label.Text, ".eml") })
	has(asked, f.source)
	whole := 0
	for _, c := range f.calls() {
		if strings.Contains(c, "whole=true") {
			whole++
		}
	}
	if whole != 1 {
		t.Errorf("fetched %d times", whole)
	}
	path := a.spool.has.path
	s.open(f.mails[1])
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the message is still there: %v", err)
	}
}

// What could run is asked about, and the rest is not.
func TestAttachmentsAreOpened(t *testing.T) {
	f := filled()
	parcel(t, f, [3]string{"a.pdf", "application/pdf", "%PDF"}, [3]string{"b.pdf", "application/pdf", "MZ\x90\x00"})
	h, s := reading1(t, f, ipc.OpenRequest{})
	opened := func() []string {
		f.mu.Lock()
		defer f.mu.Unlock()
		return slices.Clone(f.outside)
	}
	s.reader.attachments.openFile(0)
	h.until("the file", func() bool { return len(opened()) == 1 })
	path := strings.TrimPrefix(opened()[0], "file ")
	if raw, err := os.ReadFile(path); err != nil || string(raw) != "%PDF" || filepath.Base(path) != "a.pdf" {
		t.Errorf("%s: %q, %v", path, raw, err)
	}
	s.reader.attachments.openFile(1)
	h.until("the question", func() bool { return s.dialogs.open != nil })
	press(s, fyne.KeyReturn) // which is no
	if n := len(opened()); n != 1 || s.dialogs.open != nil {
		t.Errorf("opened %d", n)
	}
	s.reader.attachments.openFile(1)
	h.until("the question", func() bool { return s.dialogs.open != nil })
	s.window.Canvas().FocusNext()
	press(s, fyne.KeyReturn)
	h.until("the file", func() bool { return len(opened()) == 2 })
}

// Progress is shown, and Cancel ends the fetch.
func TestFetchIsCancelled(t *testing.T) {
	f := filled()
	parcel(t, f, [3]string{"a.pdf", "application/pdf", "%PDF"})
	f.mails[0].Octets = 3 << 20
	h, s := reading1(t, f, ipc.OpenRequest{})
	a := s.reader.attachments
	f.mu.Lock()
	f.block["fetch"] = true
	f.mu.Unlock()
	a.openFile(0)
	if !a.loading.Visible() {
		t.Error("nothing is loading")
	}
	s.handle(ipc.Event{Received: &api.Received{Account: f.mails[0].Account, UID: f.mails[0].UID, Octets: 1 << 20}})
	if !strings.Contains(a.loaded.text, "1") || !strings.Contains(a.loaded.text, "3") || a.bar.Value < 0.3 || a.bar.Value > 0.4 {
		t.Errorf("it says %q, %v", a.loaded.text, a.bar.Value)
	}
	test.Tap(a.stop)
	h.until("the end", func() bool { return !a.loading.Visible() })
	if a.outcome.Visible() {
		t.Errorf("it says %q", a.outcome.label.Text)
	}
	// It can be tried again.
	f.mu.Lock()
	f.block["fetch"] = false
	f.mu.Unlock()
	a.openFile(0)
	h.until("the file", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.outside) == 1 })
}

func TestPictureIsShown(t *testing.T) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewNRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	f := filled()
	parcel(t, f, [3]string{"a.png", "image/png", small.String()}, [3]string{"b.png", "image/png", bomb()}, [3]string{"c.jpg", "image/jpeg", "nothing"})
	h, s := reading1(t, f, ipc.OpenRequest{})
	a := s.reader.attachments
	a.showPicture(0)
	h.until("the picture", func() bool { return s.dialogs.open != nil })
	s.dialogs.dismiss()
	for i := 1; i < 3; i++ {
		a.showPicture(i)
		h.until("why not", func() bool {
			return a.outcome.Visible() && strings.Contains(a.outcome.label.Text, "damaged or too large")
		})
	}
}

// bomb is a picture whose header promises billions of pixels.
func bomb() string {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}))
	raw := b.Bytes()
	copy(raw[16:], []byte{0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0})
	// The sum over the header, which a decoder looks at.
	return string(withSum(raw))
}

func withSum(raw []byte) []byte {
	sum := crc32.ChecksumIEEE(raw[12:29])
	binary.BigEndian.PutUint32(raw[29:], sum)
	return raw
}
