package oauth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// bounded is a transport whose requests end with a context, which the library
// does not see to everywhere, or after answerTime, and whose answers end after
// maxAnswer.
type bounded struct {
	ctx  context.Context
	base http.RoundTripper

	mu sync.Mutex
	// broken is why the last answer could not be read to its end, of which the
	// library keeps the text alone.
	broken error
}

// boundedKey is where a context has its *bounded.
type boundedKey struct{}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	base := b.base
	if base == nil {
		base = http.DefaultTransport
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	stop := context.AfterFunc(b.ctx, cancel) //nolint:contextcheck // either of the two ends it
	response, err := base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel()
		return nil, err
	}
	response.Body = &boundedBody{io.LimitReader(response.Body, maxAnswer), response.Body, func() { stop(); cancel() }, b.breaks}
	b.breaks(nil)
	if r.Method == http.MethodPost && response.StatusCode/100 == http.StatusOK/100 {
		amend(response)
	}
	return response, nil
}

// amend has the library read an answer whose expires_in is not the whole number
// that RFC 6749, section 5.1 has: it would refuse all of it, and with that a
// refresh token that is given once.
func amend(response *http.Response) {
	raw, err := io.ReadAll(response.Body)
	var said map[string]json.RawMessage
	if err == nil && json.Unmarshal(raw, &said) == nil && said["expires_in"] != nil {
		delete(said, "expires_in") // as if nothing was said
		if seconds := lifetime(raw); seconds > 0 {
			said["expires_in"] = []byte(strconv.Itoa(seconds))
		}
		if amended, err := json.Marshal(said); err == nil {
			raw = amended
		}
	}
	var rest io.Reader = bytes.NewReader(raw)
	if err != nil {
		rest = io.MultiReader(rest, failing{err})
	}
	response.Body = readCloser{rest, response.Body}
}

// lifetime is how many seconds a token lasts by an answer; 0 if it does not say,
// or says that the token it gives has ended.
func lifetime(answer []byte) int {
	var said struct {
		In any `json:"expires_in"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return 0
	}
	seconds, _ := said.In.(float64)
	if text, ok := said.In.(string); ok { // some servers quote it
		var err error
		if seconds, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			return 0
		}
	}
	const longest = 365 * 24 * 60 * 60
	if !(seconds >= 1) { // NaN is not either
		return 0
	}
	return int(min(seconds, longest))
}

// readCloser reads from one and closes the other.
type readCloser struct {
	io.Reader
	io.Closer
}

// failing is what is left of an answer that breaks off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// breaks notes how the reading of an answer fares.
func (b *bounded) breaks(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

// brokenOff is why the last answer of ctx could not be read; nil if it could.
func brokenOff(ctx context.Context) error {
	b, ok := ctx.Value(boundedKey{}).(*bounded)
	if !ok {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken
}

type boundedBody struct {
	head   io.Reader
	body   io.Closer
	end    func()
	breaks func(error)
}

// Read implements io.Reader. The library does not close every answer that it
// has read.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.head.Read(p)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			b.breaks(err)
		}
		b.end()
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.end()
	return b.body.Close()
}

// addressOf is the e-mail address in an ID token (OpenID Connect Core 1.0,
// section 5.1), or empty. Its signature is not checked: it came from the token
// endpoint itself, over TLS (section 3.1.3.7), and nothing is granted by it.
func addressOf(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var claims struct {
		Email     string `json:"email"`
		Preferred string `json:"preferred_username"` // Microsoft's for work accounts
	}
	if json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	for _, address := range []string{claims.Email, claims.Preferred} {
		if len(address) <= maxAddress && strings.Count(address, "@") == 1 && printable(address) && !strings.ContainsAny(address, " <>\"") {
			return address
		}
	}
	return ""
}
