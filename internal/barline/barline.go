// Package barline writes a snapshot as a line for a bar: Waybar, polybar,
// i3blocks, xmobar, or whatever a template makes one for. It does no I/O, and
// gives no bar text of a mail that the bar would take for its own markup.
package barline

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/trayview"
)

// Format makes a line, without its end. The snapshot is nil where no traymail
// runs.
type Format func(s *api.Snapshot, now time.Time, loc *locale.Catalogue) string

// Names are those of the formats that Parse knows.
func Names() []string { return []string{"waybar", "polybar", "i3blocks", "xmobar"} }

// ErrFormat: there is no such format, and it is no template either.
var ErrFormat = errors.New("neither a known format nor a template")

// Parse returns the format of a name or a template. The empty name is a line
// for people.
func Parse(format string) (Format, error) {
	switch format {
	case "":
		return plain, nil
	case "waybar":
		return waybar, nil
	case "polybar":
		// https://github.com/polybar/polybar/wiki/Formatting
		return marked("%{F" + alarm + "}!%{F-}"), nil
	case "xmobar":
		return marked("<fc=" + alarm + ">!</fc>"), nil
	case "i3blocks":
		return i3blocks, nil
	}
	return template(format)
}

// alarm is the colour of a problem in bars that have no style sheet.
const alarm = "#ff5555"

// State is what a bar can choose an icon by.
type State string

// The states, by what wins where several apply.
const (
	Stopped State = "stopped" // no traymail runs
	Problem State = "problem" // something does not work until the user acts
	Unseen  State = "unseen"
	Paused  State = "paused"
	Offline State = "offline"
	None    State = "none" // nothing is unseen
)

// states are all that apply, the one that wins first.
func states(s *api.Snapshot, now time.Time) []State {
	if s == nil {
		return []State{Stopped}
	}
	var list []State
	add := func(is bool, state State) {
		if is {
			list = append(list, state)
		}
	}
	add(s.Problem != nil || s.SettingsError != "" || slices.ContainsFunc(s.Accounts, func(a api.AccountStatus) bool { return a.State == api.Failed }), Problem)
	add(s.Unseen > 0, Unseen)
	add(s.PausedUntil.After(now), Paused)
	add(s.Offline, Offline)
	add(s.Unseen == 0, None)
	return list
}

// number is the count, or nothing where there is none.
func number(s *api.Snapshot) string {
	if s == nil || s.Unseen == 0 {
		return ""
	}
	return strconv.Itoa(s.Unseen)
}

// says are the lines for people. That a poll is under way is not among them: it
// would be a change twice a poll.
func says(s *api.Snapshot, now time.Time, loc *locale.Catalogue) []string {
	if s == nil {
		return []string{loc.T("cli.not_running")}
	}
	calm := *s
	calm.Checking = false
	return trayview.States(calm, now, loc)
}

func plain(s *api.Snapshot, now time.Time, loc *locale.Catalogue) string {
	return strings.Join(says(s, now, loc), " · ")
}

// marked is the number, and a mark where there is a problem; what is empty no
// bar shows.
func marked(mark string) Format {
	return func(s *api.Snapshot, now time.Time, _ *locale.Catalogue) string {
		if states(s, now)[0] == Problem {
			return number(s) + mark
		}
		return number(s)
	}
}

// maxTold bounds a message in a tooltip, in characters.
const maxTold = 100

// waybar is a line for "return-type": "json" (waybar-custom(5)). Text and
// tooltip are Pango markup there.
func waybar(s *api.Snapshot, now time.Time, loc *locale.Catalogue) string {
	tooltip := says(s, now, loc)
	if s != nil {
		for _, m := range s.Newest {
			from, subject := explain.Listed(m, loc)
			tooltip = append(tooltip, plaintext.Truncate(loc.T("cli.message_line", from, subject), maxTold))
		}
	}
	all := states(s, now)
	return object(struct {
		Text    string  `json:"text"`
		Alt     State   `json:"alt"`
		Tooltip string  `json:"tooltip"`
		Class   []State `json:"class"`
	}{marked("!")(s, now, loc), all[0], pango.Replace(strings.Join(tooltip, "\n")), all})
}

var pango = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// i3blocks is a line for "format=json" with "interval=persist". A text that is
// empty hides the block.
func i3blocks(s *api.Snapshot, now time.Time, loc *locale.Catalogue) string {
	line := struct {
		Text  string `json:"full_text"`
		Color string `json:"color,omitempty"`
	}{Text: marked("!")(s, now, loc)}
	if states(s, now)[0] == Problem {
		line.Color = alarm
	}
	return object(line)
}

func object(v any) string {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // strings only, which have no error
	return strings.TrimSuffix(text.String(), "\n")
}

// template makes a format of text with placeholders in braces; a brace itself
// is written twice.
func template(text string) (Format, error) {
	var parts []Format
	literal := func(s string) Format {
		return func(*api.Snapshot, time.Time, *locale.Catalogue) string { return s }
	}
	placeholders := 0
	for text != "" {
		i := strings.IndexAny(text, "{}")
		switch {
		case i < 0:
			parts, text = append(parts, literal(text)), ""
		case i > 0:
			parts, text = append(parts, literal(text[:i])), text[i:]
		case strings.HasPrefix(text, "{{") || strings.HasPrefix(text, "}}"):
			parts, text = append(parts, literal(text[:1])), text[2:]
		default:
			name, rest, closed := strings.Cut(text[1:], "}")
			part := placeholder(name)
			if text[0] == '}' || !closed || part == nil {
				return nil, ErrFormat
			}
			parts, text = append(parts, part), rest
			placeholders++
		}
	}
	if placeholders == 0 {
		return nil, ErrFormat
	}
	return func(s *api.Snapshot, now time.Time, loc *locale.Catalogue) string {
		var line strings.Builder
		for _, part := range parts {
			line.WriteString(part(s, now, loc))
		}
		return strings.ReplaceAll(line.String(), "\n", " ")
	}, nil
}

// placeholder is what stands for a name in braces; nil if nothing does. Where
// no traymail runs, all but the state is empty.
func placeholder(name string) Format {
	newest := func(get func(m api.Mail, loc *locale.Catalogue) string) Format {
		return func(s *api.Snapshot, _ time.Time, loc *locale.Catalogue) string {
			if s == nil || len(s.Newest) == 0 {
				return ""
			}
			return plaintext.Truncate(get(s.Newest[0], loc), maxTold)
		}
	}
	switch name {
	case "state":
		return func(s *api.Snapshot, now time.Time, _ *locale.Catalogue) string { return string(states(s, now)[0]) }
	case "status":
		return plain
	case "unseen":
		return count(func(s api.Snapshot) int { return s.Unseen })
	case "from":
		return newest(func(m api.Mail, loc *locale.Catalogue) string { from, _ := explain.Listed(m, loc); return from })
	case "subject":
		return newest(func(m api.Mail, loc *locale.Catalogue) string { _, subject := explain.Listed(m, loc); return subject })
	case "account":
		return newest(func(m api.Mail, _ *locale.Catalogue) string { return m.AccountName })
	}
	id, ok := strings.CutPrefix(name, "unseen:")
	if !ok || id == "" {
		return nil
	}
	return func(s *api.Snapshot, _ time.Time, _ *locale.Catalogue) string {
		if s != nil {
			for _, a := range s.Accounts {
				if a.ID == id {
					return strconv.Itoa(a.Unseen)
				}
			}
		}
		return "" // which 0 would belie
	}
}

func count(of func(api.Snapshot) int) Format {
	return func(s *api.Snapshot, _ time.Time, _ *locale.Catalogue) string {
		if s == nil {
			return ""
		}
		return strconv.Itoa(of(*s))
	}
}
