package message

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// Of a delivery report so many recipients are named, with values of so many
// characters.
const (
	maxRecipients = 5
	maxReason     = 200
	maxDelivery   = 4 << 10 // octets of a field that are kept, and a line more
)

// delivery reads a report on delivery (RFC 3464): groups of fields, of which
// all but the first are about one recipient each. Recipients who get nothing
// come first, then those who have to wait; of the rest it says how many there
// are.
func (r *reader) delivery(t *text, p *part) {
	l := newLines(bytes.NewReader(append(r.endedFields(p), '\n')))
	var ranks [3][]map[string]string // failed, delayed, others
	var all [3]int
	for more := true; more; {
		var args map[string]string
		args, more = deliveryGroup(l)
		// Without its action a report that was cut off says nothing yet.
		if args["action"] == "" && (args["recipient"] == "" || r.cutIn(p)) {
			continue
		}
		rank := 0
		switch args["action"] {
		case "delayed":
			rank = 1
		case "delivered", "relayed", "expanded":
			rank = 2
		}
		if all[rank]++; all[rank] <= maxRecipients {
			ranks[rank] = append(ranks[rank], args)
		}
	}
	named := slices.Concat(ranks[:]...)
	for _, args := range named[:min(len(named), maxRecipients)] {
		t.notice(Undelivered, args)
	}
	// How many follow is not known of a report that was cut off.
	if more := all[0] + all[1] + all[2] - maxRecipients; more > 0 && !r.cutIn(p) {
		args := map[string]string{"more": strconv.Itoa(more)}
		if failed := all[0] - maxRecipients; failed > 0 {
			args["failed"] = strconv.Itoa(failed)
		}
		t.notice(MoreRecipients, args)
	}
}

// deliveryGroup reads fields up to a blank line; more is false at the end.
func deliveryGroup(l *lines) (args map[string]string, more bool) {
	args = map[string]string{}
	key := ""
	var value []byte
	set := func() {
		said := typedValue(value)
		switch key {
		case "final-recipient", "original-recipient":
			args["recipient"] = cmp.Or(args["recipient"], said)
		case "action":
			args["action"] = strings.ToLower(said)
		case "status":
			args["status"] = said
		case "diagnostic-code":
			args["reason"] = said
		}
	}
	defer set()
	glued := false // to the piece of the line before
	for {
		line, whole, more := l.next()
		if !more || len(line) == 0 && !glued {
			return args, more
		}
		switch {
		case glued:
			if len(value) < maxDelivery {
				value = append(value, line...)
			}
		case isBlank(line[0]): // of the field before
			if len(value) < maxDelivery {
				value = append(append(value, ' '), bytes.TrimSpace(line)...)
			}
		default:
			set()
			name, rest, _ := bytes.Cut(line, []byte(":"))
			key, value = strings.ToLower(string(bytes.TrimSpace(name))), bytes.Clone(rest)
		}
		glued = !whole
	}
}

// typedValue is a field's value without the type before it (RFC 3464, section
// 2.1.2), as in rfc822; name@example.org.
func typedValue(value []byte) string {
	if _, typed, ok := bytes.Cut(value, []byte(";")); ok {
		value = typed
	}
	return plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(value)), maxReason)
}

// receipt reads what became of a message at its recipient's (RFC 8098, section
// 3.2.6).
func (r *reader) receipt(t *text, p *part) {
	list, _ := header{lines: newLines(bytes.NewReader(append(r.endedFields(p), "\n\n"...))), all: true}.read()
	said := func(name string) string { return typedValue(list.get(name)) }
	// manual-action/MDN-sent-manually; displayed/error
	became, _, _ := strings.Cut(said("disposition"), "/")
	became = strings.ToLower(strings.TrimSpace(became))
	if became == "" && r.cutIn(p) {
		return
	}
	t.notice(Receipt, map[string]string{"recipient": cmp.Or(said("final-recipient"), said("original-recipient")), "disposition": became})
}
