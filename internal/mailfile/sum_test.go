package mailfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func sum(text string, step int) string {
	var s Sum
	for p := []byte(text); len(p) > 0; {
		n := min(step, len(p))
		_, _ = s.Write(p[:n])
		p = p[n:]
	}
	return s.String()
}

func TestSum(t *testing.T) {
	const one = "Subject: a\r\nX-Note: b\r\n\r\ntext\r\n\r\nmore\r\n"
	want := sum(one, 1<<20)
	for what, same := range map[string]string{
		"LF":             strings.ReplaceAll(one, "\r", ""),
		"added":          "Status: RO\r\n" + strings.Replace(one, "X-Note", "X-Keywords: x\r\n\ty\r\nX-Note", 1),
		"blank at end":   one + "\r\n\n",
		"without an end": strings.TrimRight(one, "\r\n"),
	} {
		for _, step := range []int{1, 3, 1 << 20} {
			if sum(same, step) != want {
				t.Errorf("%s, by %d", what, step)
			}
		}
	}
	for what, other := range map[string]string{
		"header": strings.Replace(one, "X-Note: b", "X-Note: c", 1),
		"folded": strings.Replace(one, "X-Note", "\tX-Note", 1),
		"text":   strings.Replace(one, "more", "most", 1),
		"blank":  strings.Replace(one, "text\r\n", "text\r\n\r\n", 1),
		"cut":    one[:len(one)-6],
		"moved":  strings.Replace(one, "\r\n\r\ntext", "\r\ntext", 1),
	} {
		if sum(other, 5) == want {
			t.Error(what)
		}
	}
	long := "Subject: " + strings.Repeat("x", maxHeader+10) + "\r\nb\r\n\r\nc\r\n"
	if sum(long, 1) != sum(long, 70_000) || sum(long, 1) == sum(long+"d", 7) {
		t.Error("a long header")
	}
}

func TestSeen(t *testing.T) {
	for _, kind := range []Kind{Maildir, Mbox, EML} {
		path := filepath.Join(t.TempDir(), "x")
		seen, err := Seen(kind, path, []string{"a"})
		if err != nil || seen[0] {
			t.Errorf("%s: nothing is there: %v, %v", kind, seen, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the place was made", kind)
		}
		s := open(t, kind, path)
		var copies []string
		for _, text := range []string{
			letter, "Subject: two\r\n\r\nFrom\r\n>>From x\r\n" + strings.Repeat("y", 100_000) + "From \r\n>From z", "no header", "",
		} {
			d, err := s.Begin("uid")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = d.Write([]byte(text))
			if err := d.Commit(func(mark string) error {
				copies = append(copies, d.Copy(mark))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		seen, err = Seen(kind, path, append(copies, "none x", ""))
		if err != nil || !slices.Equal(seen, []bool{true, true, true, true, false, false}) {
			t.Errorf("%s: %v, %v", kind, seen, err)
		}
	}
}
