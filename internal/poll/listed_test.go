package poll

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Of a full list it is told how far it has come, the first one of a large
// maildrop included.
func TestListed(t *testing.T) {
	for _, messages := range []int{250, stageFrom + 50} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		for i := range messages {
			w.drop.Deliver(sized(fmt.Sprint(i)))
		}
		var told []int
		w.Listed = func(listed, all int) {
			if all != messages {
				t.Errorf("%d of %d", listed, all)
			}
			told = append(told, listed)
		}
		w.poll()
		if len(told) != messages/listedEvery || told[0] != listedEvery {
			t.Errorf("%d messages: %v", messages, told)
		}
		told = nil
		w.poll()
		w.expect("unchanged", len(told), 0)
	}
}
