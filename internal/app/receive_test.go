package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A whole message is written to a file as it comes, and read on the way.
func TestFetchIntoAFile(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old")
	w.poll()
	file := bytes.Repeat([]byte("octets \x00\xff and more. "), 100000)
	source := "Subject: large\r\nMessage-ID: <l@x>\r\nReply-To: list@example.org\r\nFrom: ann@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n.dot\r\n--b\r\nContent-Disposition: attachment; filename=big.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(file) + "\r\n--b--\r\n"
	w.drop.Deliver([]byte(source))
	w.poll()
	uid := w.uid("large")
	path := filepath.Join(t.TempDir(), "message")
	var told []int64
	ctx := api.WithReceived(t.Context(), func(r api.Received) {
		w.expect("what it is about", r.Account+" "+r.UID, "a "+uid)
		told = append(told, r.Octets)
	})
	m, err := api.Fetch.Ask(ctx, w.Verbs(), api.FetchRequest{Account: "a", UID: uid, Whole: true, Into: path})
	if err != nil {
		t.Fatal(err)
	}
	w.expect("the message", []any{m.Complete, m.MessageID, m.ReplyTo, m.Document.Text(nil), len(m.Files)}, []any{true, "<l@x>", "list@example.org", "Hello\n.dot", 1})
	got, err := os.ReadFile(path)
	if err != nil || string(got) != source {
		t.Errorf("%d octets instead of %d, %v", len(got), len(source), err)
	}
	if len(told) < 10 || told[len(told)-1] > int64(len(source)) {
		t.Errorf("told %v", told)
	}
	list, err := message.Attachments(bytes.NewReader(got), message.Hints{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	var out bytes.Buffer
	if err := list[0].Write(&out, bytes.NewReader(got)); err != nil || !bytes.Equal(out.Bytes(), file) {
		t.Errorf("%d octets instead of %d, %v", out.Len(), len(file), err)
	}

	// What is there is not written over.
	_, err = api.Fetch.Ask(t.Context(), w.Verbs(), api.FetchRequest{Account: "a", UID: uid, Whole: true, Into: path})
	if p := (*api.ProblemError)(nil); !errors.As(err, &p) || p.Problem.Code != api.CodeNotStored {
		t.Errorf("%v", err)
	}
	if again, _ := os.ReadFile(path); !bytes.Equal(again, got) {
		t.Error("the file was written over")
	}

	// One that is cancelled, or that breaks off, leaves nothing.
	for name, spoil := range map[string]func(context.CancelFunc){
		"cancelled": func(cancel context.CancelFunc) { cancel() },
		"broken": func(context.CancelFunc) {
			w.server.SetMood(func(line string) *popserver.Override {
				if strings.HasPrefix(line, "RETR") {
					return &popserver.Override{Raw: "+OK\r\n" + source[:len(source)/2], Close: true}
				}
				return nil
			})
		},
	} {
		path := filepath.Join(t.TempDir(), "message")
		ctx, cancel := context.WithCancel(t.Context())
		spoiled := false
		if name == "broken" {
			spoil(cancel)
		}
		ctx = api.WithReceived(ctx, func(api.Received) {
			if name == "cancelled" && !spoiled {
				spoiled = true
				spoil(cancel)
			}
		})
		_, err := api.Fetch.Ask(ctx, w.Verbs(), api.FetchRequest{Account: "a", UID: uid, Whole: true, Into: path})
		cancel()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMarkUnseenAgain(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	w.poll()
	w.deliver("new")
	w.poll()
	uid := w.uid("new")
	w.announcer.shownAs()
	for _, unseen := range []bool{false, true} {
		if _, err := api.MarkSeen.Ask(t.Context(), w.Verbs(), api.SeenRequest{Account: "a", UIDs: []string{uid}, Unseen: unseen}); err != nil {
			t.Fatal(err)
		}
		w.expect("unseen", w.Snapshot().Unseen == 1, unseen)
	}
	w.poll()
	w.expect("notifications", len(w.announcer.shownAs()), 0)
}
