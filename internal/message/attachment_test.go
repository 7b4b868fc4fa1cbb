package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// whole is a message whose files others have encoded.
func whole(files map[string][]byte, order []string, encode func(name string, data []byte) string) string {
	var b strings.Builder
	b.WriteString("From: Ann <ann@example.org>\r\nSubject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_x\"\r\n\r\npreamble\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n")
	for _, name := range order {
		b.WriteString("--=_x\r\n" + encode(name, files[name]))
	}
	b.WriteString("--=_x--\r\nepilogue\r\n")
	return b.String()
}

func inBase64(name string, data []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: application/octet-stream; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", name, name)
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return b.String() + text + "\r\n"
}

func save(t *testing.T, message string, a Attachment) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := a.Write(&out, strings.NewReader(message)); err != nil {
		t.Fatalf("%s: %v", a.Name, err)
	}
	return out.Bytes()
}

func attachments(t *testing.T, message string) []Attachment {
	t.Helper()
	list, err := Attachments(strings.NewReader(message), Hints{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What the standard library has encoded comes out as it was, whatever its length
// and however it is encoded.
func TestAttachmentsAreWhatTheyWere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		data := make([]byte, random.IntN(200)*n)
		for i := range data {
			data[i] = byte(random.UintN(256)) // #nosec G115 -- an octet
		}
		text := []byte(strings.Repeat("eine Zeile, die lang genug ist, um umbrochen zu werden = wäre schön \r\nund noch eine. \r\n", n%7) + strings.Repeat("x", n))
		eight := []byte("8 bit: \xe4\xf6\xfc" + strings.Repeat("\r\nline", n))
		files := map[string][]byte{"a.bin": data, "b.txt": text, "c.dat": eight, "d.bin": {}}
		message := whole(files, []string{"a.bin", "b.txt", "c.dat", "d.bin"}, func(name string, data []byte) string {
			switch name {
			case "b.txt":
				var b bytes.Buffer
				w := quotedprintable.NewWriter(&b)
				_, _ = w.Write(data)
				_ = w.Close()
				return "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=b.txt\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String() + "\r\n"
			case "c.dat":
				return "Content-Type: application/x-data\r\nContent-Disposition: attachment; filename=c.dat\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + string(data) + "\r\n"
			}
			return inBase64(name, data)
		})
		list := attachments(t, message)
		if len(list) != 4 {
			t.Fatalf("%d files", len(list))
		}
		read, err := Read(strings.NewReader(message), Hints{})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range list {
			if got := save(t, message, a); !bytes.Equal(got, files[a.Name]) {
				t.Errorf("%s: %d octets instead of %d\n%.200q\n%.200q", a.Name, len(got), len(files[a.Name]), got, files[a.Name])
			}
			if f := read.Files[i]; f != a.File || f.Octets != int64(len(files[a.Name])) {
				t.Errorf("Read has %+v, Attachments %+v", f, a.File)
			}
		}
	}
}

func TestAttachedMessage(t *testing.T) {
	inner := "From: Bea <bea@example.org>\r\nSubject: within\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\ntext\r\n--in\r\nContent-Disposition: attachment; filename=deep.txt\r\nContent-Transfer-Encoding: base64\r\n\r\nZGVlcA==\r\n--in--\r\n"
	message := "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n\r\nsee below\r\n--out\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=mail.eml\r\n\r\n" + inner + "\r\n--out--\r\n"
	list := attachments(t, message)
	if len(list) != 2 || list[0].Name != "mail.eml" || list[1].Name != "deep.txt" {
		t.Fatalf("%+v", list)
	}
	if got := save(t, message, list[0]); string(got) != inner {
		t.Errorf("%q", got)
	}
	if got := save(t, message, list[1]); string(got) != "deep" {
		t.Errorf("%q", got)
	}
}

// A whole message may be one file, and a text may have one in it.
func TestFilesInOddPlaces(t *testing.T) {
	alone := "Subject: one\r\nContent-Type: application/pdf; name=one.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0x\r\n"
	if list := attachments(t, alone); len(list) != 1 || string(save(t, alone, list[0])) != "%PDF-1" {
		t.Errorf("%+v", list)
	}
	within := "Subject: old\r\n\r\nHello\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n"
	if list := attachments(t, within); len(list) != 1 || list[0].Name != "cat.txt" || string(save(t, within, list[0])) != "Cat" {
		t.Errorf("%+v", list)
	}
	encoded := "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte("--b\n\ntext\n--b\nContent-Disposition: attachment; filename=x.bin\n\nabc\n--b--\n")) + "\r\n"
	list := attachments(t, encoded)
	if len(list) != 1 || !errors.Is(list[0].Write(io.Discard, strings.NewReader(encoded)), ErrNotApart) {
		t.Errorf("%+v", list)
	}
}

// However odd a message is, what is saved of it lies within it.
func FuzzAttachments(f *testing.F) {
	f.Add(whole(map[string][]byte{"a.bin": []byte("abc")}, []string{"a.bin"}, inBase64))
	f.Add("Subject: old\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n")
	f.Add("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n\n\nSubject: x\n\ny\n--a--")
	f.Fuzz(func(t *testing.T, message string) {
		list, err := Attachments(strings.NewReader(message), Hints{})
		if err != nil {
			return
		}
		for _, a := range list {
			var out bytes.Buffer
			if err := a.Write(&out, strings.NewReader(message)); err != nil {
				continue
			}
			if out.Len() > len(message)+2 {
				t.Errorf("%d octets out of %d", out.Len(), len(message))
			}
		}
	})
}
