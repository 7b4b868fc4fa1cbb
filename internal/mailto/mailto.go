// Package mailto makes links that have the user's mail program do something
// about a message. It is pure; what it is given is text from strangers.
package mailto

import (
	"net/url"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

const (
	maxSubject = 500 // characters
	maxID      = 250 // octets of a message ID without its brackets (RFC 5322 has lines of 998)
)

// Reply is the link that begins an answer (RFC 6068): to an address, with its
// subject, and with the message that it answers, so that both stand together.
// messageID is the field, with its brackets; whatever is no ID is left out. ok is
// false where there is nobody to answer.
func Reply(to, subject, messageID string) (link string, ok bool) {
	to = strings.TrimSpace(to)
	if !isAddress(to) {
		return "", false
	}
	var b strings.Builder
	b.WriteString("mailto:" + escape(to, "@"))
	b.WriteString("?subject=" + escape(answer(subject), ""))
	if id := ID(messageID); id != "" {
		b.WriteString("&In-Reply-To=" + escape("<"+id+">", "@"))
	}
	return b.String(), true
}

// isAddress says whether text is one address and nothing that could become two
// or another field.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 254 && !strings.ContainsAny(s, " ,;<>()[]\\\"?&") && strings.Count(s, "@") == 1 &&
		plaintext.Clean(s) == s
}

// answers are how subjects of answers begin, in the languages that mail programs
// write.
var answers = []string{"re:", "re：", "aw:", "sv:", "vs:", "回复:", "回复：", "回覆:", "回覆：", "答复:", "答复：", "返信:", "返信：", "답장:", "ответ:", "отв:", "rv:", "res:"}

// answer is the subject of an answer, whose beginning stands there once.
func answer(subject string) string {
	subject = plaintext.Truncate(plaintext.Clean(subject), maxSubject)
	lower := strings.ToLower(subject)
	for _, a := range answers {
		if strings.HasPrefix(lower, a) {
			return subject
		}
	}
	return "Re: " + subject
}

// ID is a message ID without its brackets (RFC 5322, section 3.6.4), or nothing.
func ID(field string) string {
	_, rest, ok := strings.Cut(field, "<")
	id, _, closed := strings.Cut(rest, ">")
	if !ok || !closed || id == "" || len(id) > maxID || !strings.Contains(id, "@") {
		return ""
	}
	for _, r := range id {
		if r <= ' ' || r > '~' || strings.ContainsRune("<>\"\\", r) {
			return ""
		}
	}
	return id
}

// Message is the link to a message (RFC 2392), or nothing where it has no ID.
func Message(messageID string) string {
	id := ID(messageID)
	if id == "" {
		return ""
	}
	return "mid:" + escape(id, "@$+=!*',:;~()")
}

// escape is text in a link. plain are signs that stay as they are.
func escape(s, plain string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	for _, r := range plain {
		s = strings.ReplaceAll(s, url.QueryEscape(string(r)), string(r))
	}
	return s
}
