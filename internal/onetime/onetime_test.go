package onetime

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// sample is a line of testdata: a message in a service's manner, in our own
// words, and the code that is due.
type sample struct {
	From, Address, Subject, Text, Code string
}

func samples(t testing.TB, file string) (list []sample) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var s sample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, line)
		}
		list = append(list, s)
	}
	return list
}

func (s sample) mail() Mail { return Mail{s.From, s.Address, s.Subject, s.Text} }

func TestFindsCodes(t *testing.T) {
	list := samples(t, "codes.jsonl")
	if len(list) < 60 {
		t.Errorf("%d samples", len(list))
	}
	for _, s := range list {
		if code, ok := Find(s.mail()); code != s.Code || !ok {
			t.Errorf("found %q (%v) instead of %q in %q\n%s", code, ok, s.Code, s.Subject, s.Text)
		}
	}
}

// Subjects that say nothing of a code are few.
func TestHeadersOfCodesAreLikely(t *testing.T) {
	var missed []string
	for _, s := range samples(t, "codes.jsonl") {
		_, known := Find(Mail{s.From, s.Address, s.Subject, ""})
		if !known && !Likely(s.From, s.Address, s.Subject) {
			missed = append(missed, s.Subject)
		}
	}
	if len(missed) > 1 {
		t.Errorf("not likely: %q", missed)
	}
}

func TestFindsNothingElse(t *testing.T) {
	list := samples(t, "others.jsonl")
	if len(list) < 60 {
		t.Errorf("%d samples", len(list))
	}
	for _, s := range list {
		if code, ok := Find(s.mail()); ok {
			t.Errorf("found %q in %q\n%s", code, s.Subject, s.Text)
		}
	}
}

func TestOrdinaryMailIsNotLikely(t *testing.T) {
	for _, m := range []Mail{
		{Address: "anna@example.org", Subject: "Lunch on Friday?"},
		{Address: "anna@example.org", Subject: "Code review on Monday"},
		{Address: "noreply@news.example.com", Subject: "This week in gardening"},
		{Address: "no-reply@shop.example.com", Subject: "Your parcel is on its way"},
		{Address: "wang@example.cn", Subject: "明天的会议"},
		{Address: "anna@example.org", Subject: "Re: Your verification code"},
	} {
		if Likely(m.From, m.Address, m.Subject) {
			t.Errorf("likely: %q from %s", m.Subject, m.Address)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, file := range []string{"codes.jsonl", "others.jsonl"} {
		for _, s := range samples(f, file) {
			f.Add(s.From, s.Address, s.Subject, s.Text)
		}
	}
	f.Fuzz(func(t *testing.T, from, address, subject, text string) {
		m := Mail{from, address, subject, text}
		code, ok := Find(m)
		if ok != (code != "") {
			t.Errorf("%q and %v", code, ok)
		}
		if again, _ := Find(m); again != code {
			t.Errorf("%q, then %q", code, again)
		}
		if bare := strings.ReplaceAll(code, "-", ""); ok && (len(bare) < minCode || len(bare) > maxCode || strings.Trim(bare, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
			t.Errorf("%q is no code", code)
		}
		Likely(from, address, subject)
	})
}

// A hostile message costs no more than a moment.
func BenchmarkFindHostile(b *testing.B) {
	text := strings.Repeat("code 123456 verification code 654321 验证码 1234 ", 1000)
	for b.Loop() {
		Find(Mail{Address: "noreply@example.com", Subject: "Your code", Text: text})
	}
}
