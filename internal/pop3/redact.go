package pop3

import (
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

const redacted = "***"

// redactor replaces the user's name and secrets wherever a server echoes them
// (S8). The zero value changes nothing.
type redactor struct {
	secrets []string // replaced anywhere
	names   []string // replaced as whole words, in any case
}

// hide adds the credentials. Names of one or two letters are left alone: they
// are no secret, and matches would be all over the text.
func (r *redactor) hide(who Credentials) {
	r.secret(who.Password)
	r.secret(who.Token)
	r.secret(plainResponse(who))
	local, _, _ := strings.Cut(who.User, "@")
	for _, name := range []string{who.User, local} {
		if len(name) > 2 {
			r.names = append(r.names, lower(name))
		}
	}
}

// secret adds a string to replace.
func (r *redactor) secret(s string) {
	if s != "" {
		r.secrets = append(r.secrets, s)
	}
}

// text makes a server's text fit to show: redacted, decoded and cleaned (P8).
func (r *redactor) text(raw string) string {
	for _, secret := range r.secrets { // before cleaning could change them
		raw = strings.ReplaceAll(raw, secret, redacted)
	}
	s := plaintext.Clean(plaintext.FromBytes([]byte(raw)))
	for _, name := range r.names {
		s = replaceWord(s, name)
	}
	return s
}

// replaceWord redacts name, which is in lower case, as a whole word: a user
// called "mail" must not make "mailbox" unreadable.
func replaceWord(s, name string) string {
	low := lower(s)
	var b strings.Builder
	done := 0
	for from := 0; ; {
		i := strings.Index(low[from:], name)
		if i < 0 {
			break
		}
		i += from
		end := i + len(name)
		if i > 0 && wordByte(low[i-1]) || end < len(low) && wordByte(low[end]) {
			from = i + 1
			continue
		}
		b.WriteString(s[done:i])
		b.WriteString(redacted)
		done, from = end, end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// lower is strings.ToLower for ASCII only, so that offsets stay valid.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
