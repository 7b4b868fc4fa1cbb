package oauth

import (
	"context"
	"errors"
	"io"
	"net"
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
	if device.Expiry.IsZero() {
		device.Expiry = time.Now().Add(Timeout) // which the server has to say
	}
	const seldom = 60
	if device.Interval <= 0 {
		device.Interval = 5 // section 3.2
	}
	device.Interval = min(device.Interval, seldom)
	p := Prompt{URL: device.VerificationURI, Code: device.UserCode, Until: device.Expiry}
	if sameSite(device.VerificationURIComplete, p.URL) {
		p.Complete = device.VerificationURIComplete
	}
	show(p)
	token, err := c.DeviceAccessToken(ctx, device)
	for err != nil {
		if ctx.Err() == nil && time.Until(device.Expiry) <= 0 {
			return Tokens{}, &Error{Reason: TimedOut}
		}
		if err = fault(ctx, err); ctx.Err() != nil || !passing(err) {
			return Tokens{}, err
		}
		// The code is still good; it is asked for less often (section 3.5).
		device.Interval = min(2*device.Interval, seldom)
		token, err = c.DeviceAccessToken(ctx, device)
	}
	return r.signedIn(token)
}

// passing says whether a fault may be over when the server is asked again.
func passing(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason == Unavailable
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// sameSite says whether two addresses lead to the same host.
func sameSite(a, b string) bool {
	x, err := url.Parse(a)
	y, err2 := url.Parse(b)
	return err == nil && err2 == nil && safe(a) && x.Host == y.Host
}
