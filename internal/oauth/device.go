package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Prompt is what a person does on any device that has a browser (RFC 8628,
// section 3.3).
type Prompt struct {
	// URL is where Code is to be typed. Complete, if not empty, is the same with
	// the code in it.
	URL, Complete string
	Code          string
	// Until is when the code ends.
	Until time.Time
}

// Device signs in with a code that show tells the user, and waits for that.
func Device(ctx context.Context, r Request, show func(Prompt)) (Tokens, error) {
	c, err := r.config("")
	if err != nil {
		return Tokens{}, err
	}
	ctx, cancel := context.WithCancel(r.with(ctx))
	defer cancel()
	device, err := c.DeviceAuth(ctx)
	if err != nil {
		return Tokens{}, fault(ctx, err)
	}
	if !safe(device.VerificationURI) || !printable(device.UserCode) || device.UserCode == "" || len(device.UserCode) > 64 || device.DeviceCode == "" {
		return Tokens{}, &Error{Reason: BadAnswer}
	}
	p := Prompt{URL: device.VerificationURI, Code: device.UserCode, Until: device.Expiry}
	if sameSite(device.VerificationURIComplete, p.URL) {
		p.Complete = device.VerificationURIComplete
	}
	show(p)
	token, err := c.DeviceAccessToken(ctx, device)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) { // of the code
			return Tokens{}, &Error{Reason: TimedOut}
		}
		return Tokens{}, fault(ctx, err)
	}
	t, err := tokens(token)
	if err == nil && t.Refresh == "" {
		return Tokens{}, &Error{Reason: BadScope}
	}
	return t, err
}

// sameSite says whether two addresses lead to the same host.
func sameSite(a, b string) bool {
	x, err := url.Parse(a)
	y, err2 := url.Parse(b)
	return err == nil && err2 == nil && safe(a) && x.Host == y.Host
}
