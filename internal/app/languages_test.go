package app

import (
	"fmt"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Where one address writes in many charsets, a message is read the same whenever
// it is read, and lists have it as it was read.
func TestMaildropOfManyLanguages(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	for _, m := range []struct {
		encoding encoding.Encoding
		text     string
	}{
		{charmap.Windows1252, "naïve résumé"},
		{charmap.ISO8859_2, "Łódź"},
		{traditionalchinese.Big5, "謝謝"},
		{korean.EUCKR, "안녕"},
		{simplifiedchinese.GBK, "付款"},
		{charmap.KOI8R, "Да"},
		{charmap.Windows1250, "Žluťoučký"},
		{charmap.Windows1254, "Kış"},
	} {
		octets, err := m.encoding.NewEncoder().String(m.text)
		if err != nil {
			t.Fatal(err)
		}
		w.drop.Deliver([]byte("From: a@x.example\r\nSubject: " + octets + "\r\n\r\n" + octets + "\r\n"))
	}
	for range 2 {
		w.drop.Deliver([]byte("From: a@x.example\r\nSubject: =?gb2312?B?uLa/7g==?=\r\n\r\nx\r\n"))
		w.poll()
		list, err := w.List("", 0)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]string{}
		for _, whole := range []bool{false, true, false} {
			for _, m := range list {
				full, err := w.Fetch(t.Context(), "a", m.UID, whole, false)
				if err != nil {
					t.Fatal(err)
				}
				now := fmt.Sprint(full.Subject, " / ", full.Document.Text(nil))
				if before, known := shown[m.UID]; known && before != now {
					t.Errorf("%s, then %s", before, now)
				}
				shown[m.UID] = now
				again, err := w.List("", 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range again {
					if a.UID == m.UID && a.Subject != full.Subject {
						t.Errorf("listed as %s, shown as %s", a.Subject, full.Subject)
					}
				}
			}
		}
	}
}

// What a sender has declared before tells what a header is in that declares
// nothing; of others it tells nothing.
func TestSenderIsKnown(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	raw, err := japanese.ShiftJIS.NewEncoder().String("通知")
	if err != nil {
		t.Fatal(err)
	}
	w.drop.Deliver([]byte("From: a@x.example\r\nSubject: =?shift_jis?B?grGC8YLJgr+CzQ==?=\r\n\r\nx\r\n"))
	w.poll()
	for _, from := range []string{"a@x.example", "b@y.example"} {
		w.drop.Deliver([]byte("From: " + from + "\r\nSubject: " + raw + "\r\n\r\nx\r\n"))
	}
	w.poll()
	list, err := w.List("", 0)
	if err != nil {
		t.Fatal(err)
	}
	subjects := map[string]string{}
	for _, m := range list {
		if m.Subject != "こんにちは" { // what was declared
			subjects[m.From] = m.Subject
		}
	}
	if subjects["a@x.example"] != "通知" || subjects["b@y.example"] == "通知" {
		t.Errorf("%q", subjects)
	}
}
