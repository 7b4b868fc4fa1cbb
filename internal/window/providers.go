//go:build cgo && !nowindow

package window

import (
	"strings"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// secretWord is what the password of an account is called: by its provider,
// or by the way to log in.
func secretWord(a settings.Account, loc *locale.Catalogue) string {
	if a.SignsIn() {
		return loc.T("window.signin.label")
	}
	if settings.TokenMechanism(a.Mechanism) {
		return loc.T("window.token")
	}
	p := provider.ByServer(a.Server, a.Address)
	if p == nil {
		return loc.T("window.field.password")
	}
	return explain.SecretLabel(p, loc)
}

// fingerprint puts the digits of a SHA-256 digest into groups of four.
func fingerprint(digest string) string {
	var b strings.Builder
	for i, r := range strings.ToUpper(digest) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
