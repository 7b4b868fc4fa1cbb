// Package clipboard puts a short text on the clipboard for a while, without a
// window and without a toolkit, so that a click on a notification can. What is
// offered is taken back when its time is over, unless another program has put
// something there since. It never reads the clipboard, and writes nothing down.
package clipboard

import (
	"context"
	"errors"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// Copy has the tray role put a one-time code on the clipboard for Lasts, so that
// it stays there when the window closes. It fails as Put does; a window of its
// own may do better then.
const Copy api.Verb[Request, api.None] = "copy"

// Lasts is how long a one-time code stays on the clipboard.
const Lasts = 2 * time.Minute

// Request is what Copy copies.
type Request struct {
	Text string `json:"text"`
}

// ErrRefused: nothing here lets a program without a window use the clipboard.
var ErrRefused = errors.New("the desktop lets no program in the background use the clipboard")

// MaxText is the longest text that is taken, in octets.
const MaxText = 4 << 10

// Offer is a text on the clipboard.
type Offer struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// Put puts text on the clipboard. It returns once it is there; the text leaves
// when another program puts something there, after the time given, with ctx or
// by Close. The error is ErrRefused where the desktop does not let it.
//
// Programs that keep what was on the clipboard are asked not to keep this.
func Put(ctx context.Context, text string, lasts time.Duration) (*Offer, error) {
	if text == "" || len(text) > MaxText {
		return nil, errors.New("a text of this length is not for the clipboard")
	}
	ctx, cancel := context.WithTimeout(ctx, lasts)
	serve, err := put(ctx, text)
	if err != nil {
		cancel()
		return nil, err
	}
	o := &Offer{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(o.done)
		defer cancel()
		serve()
	}()
	return o, nil
}

// Done is closed when the text has left the clipboard.
func (o *Offer) Done() <-chan struct{} { return o.done }

// Close takes the text back, and returns once it is gone.
func (o *Offer) Close() {
	o.cancel()
	<-o.done
}
