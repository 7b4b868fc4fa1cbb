//go:build judge

package judge

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/traymail/traymail/internal/message"
)

// reading is what a person sees of a message.
type reading struct {
	From      string    `json:"from"`
	Address   string    `json:"address"`
	Subject   string    `json:"subject"`
	Date      time.Time `json:"date"`
	Files     []string  `json:"files"`
	text      string
	truncated bool
	// forgiven: go-message did not read it.
	forgiven bool
}

func read(raw []byte) (got reading, err error) {
	// One message must not end the judgement of the others.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	m, err := message.Read(bytes.NewReader(raw), message.Hints{})
	return reading{m.From, m.FromAddress, m.Subject, m.Date, fileNames(m), fold(m.Document.Text(notice)), m.Truncated, m.Forgiven}, err
}

func fileNames(m message.Message) []string {
	names := []string{}
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	return names
}

// notice stands in for the sentences that are made elsewhere.
func notice(b message.Block) string {
	said := string(b.Code)
	for _, name := range slices.Sorted(maps.Keys(b.Args)) {
		if name != "cut" { // is said by what is missing
			said += " " + b.Args[name]
		}
	}
	return said
}

// fold makes one blank of white space, and one form of composed characters,
// which windows-1258 does not compose.
func fold(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// mail is a message that a generator made, and what it put in.
type mail struct {
	reading
	by       *generator
	Number   int    `json:"number"`
	Recipe   string `json:"recipe"`
	Charset  string `json:"charset"`
	Language string `json:"language"`
	Raw      []byte `json:"raw"`
	// Has are the sentences of its text in order, Hasnt what is no text.
	Has   []string `json:"has"`
	Hasnt []string `json:"hasnt"`
	// Skip names the fields that may be read in more than one way.
	Skip []string `json:"skip"`
	// Cut is where a connection may break.
	Cut int `json:"cut"`
}

// id is what TRAYMAIL_JUDGE_ONLY takes.
func (m *mail) id() string { return fmt.Sprintf("%s:%d:%d", m.by.name, seed(), m.Number) }

type generator struct {
	name    string
	command []string
	// odd mail breaks rules, and other decoders read it in ways of their own.
	odd bool
	// share is how much of the mail it makes.
	share float64
}

var generators = []*generator{
	{name: "python", command: []string{"python3", "testdata/generate.py"}, share: 1},
	{name: "perl", command: []string{"perl", "testdata/generate.pl"}, share: 1},
	{name: "odd", command: []string{"python3", "testdata/odd.py"}, share: 1, odd: true},
}

// seed makes all mail: the same makes the same.
func seed() int { return number("TRAYMAIL_JUDGE_SEED", 1) }

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// make lets the generator make some mail.
func (g *generator) make(t *testing.T, first, count int) []*mail {
	t.Helper()
	args := append(slices.Clone(g.command[1:]), strconv.Itoa(seed()), strconv.Itoa(first), strconv.Itoa(count))
	var all []*mail
	for _, line := range run(t, nil, g.command[0], args...) {
		m := &mail{by: g}
		if err := json.Unmarshal(line, m); err != nil {
			t.Fatalf("%s: %v in %.200s", g.name, err, line)
		}
		all = append(all, m)
	}
	if len(all) != count {
		t.Fatalf("%s made %d messages of %d", g.name, len(all), count)
	}
	return all
}

// run gives the lines that a program writes.
func run(t *testing.T, in []byte, name string, args ...string) (lines [][]byte) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, complaint.String())
	}
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Buffer(nil, len(out)+1)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	return lines
}

// differences are those between what was put in and what was read, by field.
func (m *mail) differences(got reading) map[string]string {
	wrong := map[string]string{}
	differ := func(field string, ok bool, got, want any) {
		if !ok && !slices.Contains(m.Skip, field) {
			wrong[field] = fmt.Sprintf("%q, want %q", got, want)
		}
	}
	differ("from", norm.NFC.String(got.From) == m.From, got.From, m.From)
	differ("address", got.Address == m.Address, got.Address, m.Address)
	differ("subject", norm.NFC.String(got.Subject) == m.Subject, got.Subject, m.Subject)
	differ("date", got.Date.Equal(m.Date), got.Date, m.Date)
	differ("files", slices.Equal(named(got.Files), m.Files), got.Files, m.Files)
	at := 0
	for _, s := range m.Has {
		i := strings.Index(got.text[at:], fold(s))
		if i < 0 {
			differ("text", false, excerpt(got.text, at), fold(s))
			break
		}
		at += i + len(fold(s))
	}
	for _, s := range append(slices.Clone(m.Hasnt), "\uFFFD") {
		if i := strings.Index(got.text, s); i >= 0 {
			differ("text", false, excerpt(got.text, i), "no "+s)
		}
	}
	return wrong
}

// named leaves out files that may be named or not: pictures of HTML, and
// signatures.
func named(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(name string) bool {
		return name == "image/png" || name == "signature.asc"
	})
}

// excerpt is what stands at an octet of text, and a little before.
func excerpt(text string, at int) string {
	return strings.ToValidUTF8(text[max(0, at-40):min(len(text), at+200)], "")
}

// compareForgiven reads clean mail once more so that go-message does not: a
// mark before the header is all that is forgiven, and all else is the same.
func (m *mail) compareForgiven(got reading, wrong *tally) {
	if m.by.odd {
		return
	}
	again, err := read(append([]byte("\xef\xbb\xbf"), m.Raw...))
	again.forgiven = got.forgiven
	if err != nil || !reflect.DeepEqual(again, got) {
		wrong.add("clean mail read otherwise where go-message does not read it", fmt.Sprintf("%s: %+v, %v, want %+v", m.id(), again, err, got))
	}
}

// differencesWhenCut are those between the whole message and its beginning.
func (m *mail) differencesWhenCut(whole, got reading) map[string]string {
	wrong := map[string]string{}
	if m.cut() < m.body() {
		return wrong // a header that ends early says what it happens to say
	}
	// A charset that is declared after the cut is not known.
	declared := isASCII(m.Raw[:m.body()]) || bytes.Contains(bytes.ToLower(m.Raw[:m.cut()]), []byte("charset="))
	if declared && (got.Subject != whole.Subject || got.From != whole.From || got.Address != whole.Address || !got.Date.Equal(whole.Date)) {
		wrong["header when cut"] = fmt.Sprintf("%q <%s>, %q, %v", got.From, got.Address, got.Subject, got.Date)
	}
	// What is there is the beginning of the text, but for its last characters.
	const damaged = 20
	text := []rune(strings.TrimSuffix(strings.TrimSuffix(got.text, ".."), preamble))
	beginning := string(text[:max(0, len(text)-damaged)])
	if !strings.HasPrefix(whole.text, beginning) {
		wrong["text when cut"] = fmt.Sprintf("%q, want the beginning of %q", got.text, whole.text)
	}
	if len(named(got.Files)) > len(named(whole.Files)) {
		wrong["files when cut"] = fmt.Sprintf("%q, want the first of %q", got.Files, whole.Files)
	}
	if !utf8.ValidString(got.text) {
		wrong["text when cut"] = fmt.Sprintf("%q is no UTF-8", got.text)
	}
	return wrong
}

// preamble stands before the first part: there is nothing else to read if the
// message ends there.
const preamble = "This is a multi-part message in MIME format."

func isASCII(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf })
}

// cut is where the message ends early: as after TOP at the end of a line, or,
// in a single text, anywhere.
func (m *mail) cut() int {
	if bytes.Contains(bytes.ToLower(m.Raw), []byte("boundary")) {
		return bytes.LastIndexByte(m.Raw[:m.Cut], '\n') + 1
	}
	return m.Cut
}

// body is where it begins.
func (m *mail) body() int {
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(m.Raw, []byte(end)); i >= 0 {
			return i + len(end)
		}
	}
	return len(m.Raw)
}

// tally counts what is wrong, by kind, and remembers one of each.
type tally struct {
	kinds  map[string]int
	sample map[string]string
}

func (c *tally) add(kind, sample string) {
	if c.kinds == nil {
		c.kinds, c.sample = map[string]int{}, map[string]string{}
	}
	if c.kinds[kind]++; c.kinds[kind] == 1 {
		c.sample[kind] = sample
	}
}

func (c *tally) report(t *testing.T) {
	t.Helper()
	kinds := make([]string, 0, len(c.kinds))
	for kind := range c.kinds {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.kinds[b], c.kinds[a]), strings.Compare(a, b))
	})
	for i, kind := range kinds {
		if i == 60 {
			t.Errorf("and %d kinds more", len(kinds)-i)
			break
		}
		t.Errorf("%d times %s: %.1000s", c.kinds[kind], kind, c.sample[kind])
	}
}

// excused counts how often each excuse was needed.
var excused = make([]atomic.Int64, len(excuses))

// What programs of others wrote is read as they meant it, and what decoders of
// others read of it is the same.
func TestMailOfOthers(t *testing.T) {
	const batch = 500
	const defaultMessages = 2000 // of each generator; about a minute
	total := number("TRAYMAIL_JUDGE_MESSAGES", defaultMessages)
	if only := os.Getenv("TRAYMAIL_JUDGE_ONLY"); only != "" {
		one(t, only)
		return
	}
	t.Cleanup(func() {
		for i := range excused {
			if total >= defaultMessages && excused[i].Load() == 0 {
				t.Errorf("%s needs no excuse: %s", excuses[i].decoder, excuses[i].reason)
			}
		}
	})
	for _, g := range generators {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			count := int(float64(total) * g.share)
			t.Logf("%d messages of seed %d; repeat one with TRAYMAIL_JUDGE_ONLY=%s:%d:NUMBER go test -tags judge -v ./internal/message/judge", count, seed(), g.name, seed())
			var wrong tally
			for first := 0; first < count; first += batch {
				all := g.make(t, first, min(batch, count-first))
				g.judge(t, all, &wrong)
			}
			wrong.report(t)
		})
	}
}

// one shows a message and how it is read; it is named GENERATOR:SEED:NUMBER.
func one(t *testing.T, id string) {
	part := strings.Split(id, ":")
	i := slices.IndexFunc(generators, func(g *generator) bool { return g.name == part[0] })
	if i < 0 || len(part) != 3 {
		t.Fatalf("there is no message %q", id)
	}
	t.Setenv("TRAYMAIL_JUDGE_SEED", part[1])
	n, err := strconv.Atoi(part[2])
	if err != nil {
		t.Fatal(err)
	}
	g := generators[i]
	m := g.make(t, n, 1)[0]
	got, err := read(m.Raw)
	t.Logf("%s, %s\n%s", m.Recipe, m.Charset, m.Raw)
	t.Logf("read as %+v, %v", got, err)
	var wrong tally
	g.judge(t, []*mail{m}, &wrong)
	wrong.report(t)
}

func (g *generator) judge(t *testing.T, all []*mail, wrong *tally) {
	t.Helper()
	ours, seen := make([]reading, len(all)), make([]map[string]string, len(all))
	for i, m := range all {
		got, err := read(m.Raw)
		if err != nil {
			t.Errorf("%s: %v", m.id(), err)
			continue
		}
		ours[i] = got
		if got.forgiven && !g.odd {
			wrong.add("clean mail that go-message did not read", m.id()+": "+m.Recipe)
		}
		m.compareForgiven(got, wrong)
		short, err := read(m.Raw[:m.cut()])
		if err != nil {
			t.Errorf("%s cut at %d: %v", m.id(), m.cut(), err)
		}
		differences := m.differences(got)
		seen[i] = differences
		for field, what := range m.differencesWhenCut(got, short) {
			differences[field] = fmt.Sprintf("at %d: %s", m.cut(), what)
		}
		for field, what := range differences {
			kind := field + " in " + m.Charset
			if g.odd {
				kind = field + " of " + m.Recipe
			}
			wrong.add(kind, m.id()+": "+m.Recipe+": "+what)
		}
	}
	if g.odd {
		return
	}
	for _, d := range decoders {
		theirs := d.read(t, all)
		for i, m := range all {
			for _, what := range m.disagreements(ours[i], theirs[i]) {
				if seen[i][what.field] != "" {
					continue // we are wrong, and said so
				}
				if e := d.excuse(m, what); e >= 0 {
					excused[e].Add(1)
				} else {
					wrong.add(fmt.Sprintf("%s of %s", what.field, d.name), m.id()+": "+m.Recipe+": "+what.String())
				}
			}
		}
	}
}
