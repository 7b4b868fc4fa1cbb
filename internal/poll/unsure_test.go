package poll

import (
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A list has the subject that a reader of the message has, also where only the
// text tells what the header is written in; of other messages no text is asked for.
func TestHeadersThatTheTextExplains(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	const (
		parts = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\nx\n--b--\n"
		plain = "Content-Type: text/plain; charset=koi8-r\n\nx\n"
	)
	w.deliver("before")
	w.expect("first", w.poll(), "full [] 1")
	w.server.ResetCommands()
	uid := w.drop.Deliver([]byte("From: Ann <ann@example.org>\nSubject: Re: \xc4\xc1\nMessage-ID: <1@x>\n" + parts))
	w.drop.Deliver([]byte("From: Bob <bob@example.org>\nSubject: Re: \xc4\xc1\nMessage-ID: <2@x>\n" + plain))
	w.drop.Deliver([]byte("From: Eve <eve@example.org>\nSubject: Grüße\nMessage-ID: <3@x>\n" + parts))
	w.expect("grown", w.poll(), "grown [Re: да Re: да Grüße] 4")
	var asked []string
	for _, command := range w.server.Commands() {
		if strings.HasPrefix(command, "TOP") && !strings.HasSuffix(command, " 0") {
			asked = append(asked, command)
		}
	}
	if !slices.Equal(asked, []string{"TOP 2 40"}) {
		t.Errorf("asked for %q", asked)
	}
	m, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 2, UID: uid}, "", false, nil)
	if err != nil || m.Subject != "Re: да" {
		t.Errorf("shown as %q, %v", m.Subject, err)
	}
	list, err := Describe(t.Context(), w.Target, []ledger.Placed{{Row: ledger.Row{Number: 2, UID: uid}}})
	if err != nil || list[0].Subject != "Re: да" {
		t.Errorf("described again: %+v, %v", list, err)
	}
}
