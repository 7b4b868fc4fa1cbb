package message

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// Of a delivery report so many recipients are named, with reasons of so many
// characters.
const (
	maxRecipients = 5
	maxReason     = 200
)

// delivery reads a report on delivery (RFC 3464): groups of fields, of which
// all but the first are about one recipient each.
func (r *reader) delivery(t *text, p *part) {
	l := newLines(bytes.NewReader(append(p.raw(), '\n')))
	for n := 0; n < maxRecipients; {
		args := map[string]string{}
		empty := true
		key := ""
		var reason []byte
		for {
			line, whole, more := l.next()
			if len(line) == 0 || !whole && !more {
				if !more {
					l = nil
				}
				break
			}
			empty = false
			if line[0] == ' ' || line[0] == '\t' { // of the field before
				if key == "diagnostic-code" && len(reason) < maxReason {
					reason = append(append(reason, ' '), bytes.TrimSpace(line)...)
				}
				continue
			}
			name, value, _ := bytes.Cut(line, []byte(":"))
			key = strings.ToLower(string(bytes.TrimSpace(name)))
			_, typed, ok := bytes.Cut(value, []byte(";"))
			if !ok {
				typed = value
			}
			said := plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(typed)), maxReason)
			switch key {
			case "final-recipient", "original-recipient":
				if args["recipient"] == "" {
					args["recipient"] = said
				}
			case "action":
				args["action"] = strings.ToLower(said)
			case "status":
				args["status"] = said
			case "diagnostic-code":
				reason = bytes.Clone(bytes.TrimSpace(typed))
			}
		}
		if len(reason) > 0 {
			args["reason"] = plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(reason)), maxReason)
		}
		// Without its action a report that was cut off says nothing yet.
		if args["action"] != "" || args["recipient"] != "" && !p.cut {
			t.notice(Undelivered, args)
			n++
		}
		if l == nil || empty && l.atEnd {
			return
		}
	}
}

// receipt reads what became of a message at its recipient's (RFC 8098, section
// 3.2.6).
func (r *reader) receipt(t *text, p *part) {
	list, _ := header{lines: newLines(bytes.NewReader(append(p.raw(), "\n\n"...))), all: true}.read()
	said := func(name string) string {
		value := list.get(name)
		if _, typed, ok := bytes.Cut(value, []byte(";")); ok {
			value = typed
		}
		return plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(value)), maxReason)
	}
	// manual-action/MDN-sent-manually; displayed/error
	became, _, _ := strings.Cut(said("disposition"), "/")
	became = strings.ToLower(strings.TrimSpace(became))
	if became == "" && p.cut {
		return
	}
	t.notice(Receipt, map[string]string{"recipient": cmp.Or(said("final-recipient"), said("original-recipient")), "disposition": became})
}
