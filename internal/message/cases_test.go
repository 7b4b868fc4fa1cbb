package message_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/message"
)

// reading is what a person sees of a message.
type reading struct {
	from, subject, text string
	date                time.Time
	files               []string
}

// read reads a whole message, and fails the test where it is refused.
func read(t *testing.T, raw []byte) reading {
	t.Helper()
	m, err := message.Read(bytes.NewReader(raw), message.Hints{})
	if err != nil {
		t.Fatal(err)
	}
	return reading{m.From, m.Subject, m.Document.Text(notice), m.Date, fileNames(m)}
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
		said += " " + b.Args[name]
	}
	return said
}

// want is a line of testdata/cases/want.json; the README beside it explains it.
type want struct {
	From          string    `json:"from"`
	Subject       string    `json:"subject"`
	SubjectStarts string    `json:"subject_starts"`
	Date          time.Time `json:"date"`
	Has           []string  `json:"has"`
	Hasnt         []string  `json:"hasnt"`
	Order         []string  `json:"order"`
	Files         []string  `json:"files"`
}

func TestCases(t *testing.T) {
	const folder = "testdata/cases"
	table, err := os.ReadFile(filepath.Join(folder, "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]want{}
	decoder := json.NewDecoder(bytes.NewReader(table))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wants); err != nil {
		t.Fatal(err)
	}
	messages, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil || len(messages) != len(wants) {
		t.Fatalf("%d messages for %d lines of want.json, %v", len(messages), len(wants), err)
	}
	right := 0
	for _, path := range messages {
		name := strings.TrimSuffix(filepath.Base(path), ".eml")
		ok := t.Run(name, func(t *testing.T) {
			w, ok := wants[name]
			if !ok {
				t.Fatal("want.json has no line for it")
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w.check(t, read(t, raw))
		})
		if ok {
			right++
		}
	}
	if right < len(messages) {
		t.Errorf("%d of %d right", right, len(messages))
	}
}

func (w want) check(t *testing.T, got reading) {
	t.Helper()
	if w.From != "" && got.from != w.From {
		t.Errorf("from %q, want %q", got.from, w.From)
	}
	if w.Subject != "" && got.subject != w.Subject {
		t.Errorf("subject %q, want %q", got.subject, w.Subject)
	}
	if !strings.HasPrefix(got.subject, w.SubjectStarts) {
		t.Errorf("subject %q, want it to begin %q", got.subject, w.SubjectStarts)
	}
	if !w.Date.IsZero() && !got.date.Equal(w.Date) {
		t.Errorf("date %v, want %v", got.date, w.Date)
	}
	text := fold(got.text)
	for _, s := range w.Has {
		if !strings.Contains(text, fold(s)) {
			t.Errorf("no %q in %q", s, got.text)
		}
	}
	for _, s := range w.Hasnt {
		if strings.Contains(text, fold(s)) {
			t.Errorf("%q in %q", s, got.text)
		}
	}
	last := -1
	for _, s := range w.Order {
		at := strings.Index(text, fold(s))
		if at <= last {
			t.Errorf("%q is missing or too early in %q", s, got.text)
		}
		last = at
	}
	if len(w.Files) > 0 && !slices.Equal(got.files, w.Files) {
		t.Errorf("files %q, want %q", got.files, w.Files)
	}
}

// fold makes one blank of white space.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
