//go:build judge

package judge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// decoder is a program of others that reads mail.
type decoder struct {
	name    string
	command []string
}

var decoders = []*decoder{
	{"Python's email", []string{"python3", "testdata/decode.py"}},
	{"Email::MIME", []string{"perl", "testdata/decode.pl"}},
}

// theirReading is what a decoder says of a message.
type theirReading struct {
	Error   string   `json:"error"`
	Subject string   `json:"subject"`
	From    string   `json:"from"`
	Address string   `json:"address"`
	Date    string   `json:"date"`
	Texts   []string `json:"texts"`
	Files   []string `json:"files"`
}

// read lets the decoder read all of the mail in one process.
func (d *decoder) read(t *testing.T, all []*mail) []theirReading {
	t.Helper()
	var in bytes.Buffer
	for _, m := range all {
		in.WriteString(base64.StdEncoding.EncodeToString(m.Raw) + "\n")
	}
	lines := run(t, in.Bytes(), d.command[0], d.command[1:]...)
	if len(lines) != len(all) {
		t.Fatalf("%s read %d messages of %d", d.name, len(lines), len(all))
	}
	readings := make([]theirReading, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &readings[i]); err != nil {
			t.Fatalf("%s: %v in %.200s", d.name, err, line)
		}
	}
	return readings
}

// disagreement is what the decoder and we read of a field.
type disagreement struct{ field, theirs, ours string }

func (d disagreement) String() string { return fmt.Sprintf("%.500q, ours %.500q", d.theirs, d.ours) }

// disagreements are what the decoder reads otherwise than we do.
func (m *mail) disagreements(ours reading, theirs theirReading) []disagreement {
	if theirs.Error != "" {
		return []disagreement{{"all", theirs.Error, "no error"}}
	}
	var all []disagreement
	compare := func(field, theirs, ours string) {
		if theirs, ours = fold(theirs), fold(ours); theirs != ours {
			all = append(all, disagreement{field, theirs, ours})
		}
	}
	compare("subject", theirs.Subject, ours.Subject)
	compare("from", theirs.From, ours.From)
	compare("address", theirs.Address, ours.Address)
	compare("files", strings.Join(theirs.Files, "\n"), strings.Join(named(ours.Files), "\n"))
	date, _ := time.Parse(time.RFC3339, theirs.Date)
	compare("date", date.UTC().String(), ours.Date.UTC().String())
	text := fold(html.UnescapeString(strings.Join(theirs.Texts, "\n")))
	for _, s := range m.Has {
		if s = fold(s); strings.Contains(text, s) != strings.Contains(ours.text, s) {
			all = append(all, disagreement{"text", text, s})
			break
		}
	}
	return all
}

// excuse is a kind of mail that a decoder reads in a way that is not right for
// us.
type excuse struct {
	decoder string
	fields  string
	reason  string
	holds   func(*mail, disagreement) bool
}

var (
	special    = regexp.MustCompile(`(?im)^From:(?:.|\n[ \t])*=\?[^?]*\?Q\?[^?]*[][(),.:;<>@\\"]`)
	undeclared = regexp.MustCompile(`filename="[^"\n]*[^\x00-\x7f]`)
)

// The list must stay short: what stands here is not asked of us.
var excuses = []excuse{
	{"Python's email", "from", "it writes a blank between the encoded words of a name (RFC 2047, section 6.2)", func(_ *mail, d disagreement) bool {
		return strings.ReplaceAll(d.theirs, " ", "") == strings.ReplaceAll(d.ours, " ", "")
	}},
	{"Python's email", "subject from files", "octets that no charset is declared for are lost", func(_ *mail, d disagreement) bool {
		return strings.Contains(d.theirs, "\uFFFD")
	}},
	{"Python's email", "all", "an encoded word with a damaged character is an error", func(_ *mail, d disagreement) bool {
		return strings.Contains(d.theirs, "UnicodeDecodeError")
	}},
	{"Email::MIME", "subject from files", "octets that no charset is declared for are ISO-8859-1", func(_ *mail, d disagreement) bool {
		return slices.ContainsFunc(strings.Fields(d.theirs), func(word string) bool {
			latin, err := charmap.ISO8859_1.NewEncoder().String(word)
			return err == nil && word != latin
		})
	}},
	{"Email::MIME", "files", "encoded words in names of files stay as they are", func(_ *mail, d disagreement) bool {
		return strings.Contains(d.theirs, "=?")
	}},
	{"Email::MIME", "from address", "a special character in an encoded word ends the address", func(m *mail, d disagreement) bool {
		return d.theirs == "" && special.Match(m.Raw)
	}},
	{"Email::MIME", "files", "undeclared octets in the name of a file are no name", func(m *mail, d disagreement) bool {
		return undeclared.Match(m.Raw) && strings.Contains(d.theirs, "/")
	}},
	{"Email::MIME", "subject from", "Perl does not know big5_tw, as Python calls Big5", func(_ *mail, d disagreement) bool {
		return strings.Contains(d.theirs, "=?big5_tw?")
	}},
	{"Email::MIME", "subject from files text all", "Perl does not know GB18030, and by other names not HZ", func(m *mail, _ disagreement) bool {
		return m.Charset == "gb18030" || m.Charset == "hz-gb-2312"
	}},
}

// excuse finds the reason for a disagreement; -1 is none.
func (d *decoder) excuse(m *mail, what disagreement) int {
	return slices.IndexFunc(excuses, func(e excuse) bool {
		return e.decoder == d.name && slices.Contains(strings.Fields(e.fields), what.field) && e.holds(m, what)
	})
}
