package app

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What another program has read counts no longer, if the user wants that: a
// server of mbox files shows it in the message's Status field.
func TestStatusHeader(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		t.Run(fmt.Sprint(wanted), func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.account.StatusHeader = wanted
			if err := w.SaveAccount(t.Context(), w.account); err != nil {
				t.Fatal(err)
			}
			w.poll()
			message := func(subject, status string) []byte {
				return fmt.Appendf(nil, "From: A <a@example.org>\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\nStatus: %s\r\n\r\nx\r\n", subject, subject, status)
			}
			w.drop.Deliver(message("read", "RO"))
			w.drop.Deliver(message("later", "O"))
			w.drop.Deliver(message("never", "O"))
			w.poll()
			before, after, announced := 2, 1, "[later never]"
			if !wanted {
				before, after, announced = 3, 3, "[read later never]"
			}
			w.expect("unseen", w.Snapshot().Unseen, before)
			w.expect("announced", w.announcer.bodies(), announced)

			w.drop.Rewrite(w.drop.Messages()[1].UID, message("later", "RO"))
			w.poll()
			w.expect("unseen after reading", w.Snapshot().Unseen, after)
		})
	}
}
