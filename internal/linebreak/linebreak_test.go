package linebreak

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// columns is the width of text in a terminal: two for a wide character.
func columns(s string) (n float32) {
	for _, r := range s {
		if n++; unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Hangul) || r >= 0xff00 || r == '。' || r == '、' {
			n++
		}
	}
	return n
}

// byEnds are the lines that Ends makes.
func byEnds(text string, width float32) []string {
	var lines []string
	for hard := range strings.SplitSeq(text, "\n") {
		from := 0
		for _, end := range Ends(hard, width, func(a, b int) float32 { return columns(hard[a:b]) }) {
			lines = append(lines, strings.TrimRight(hard[from:end], " "))
			from = end
		}
	}
	return lines
}

func TestBreak(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width float32
		want  []string
	}{
		"nothing":           {"", 10, []string{""}},
		"it fits":           {"it fits", 10, []string{"it fits"}},
		"words":             {"the quick brown fox", 10, []string{"the quick", "brown fox"}},
		"just":              {"quick fox jumps", 9, []string{"quick fox", "jumps"}},
		"own breaks":        {"one two\nthree\n\nfour", 20, []string{"one two", "three", "", "four"}},
		"a long word":       {"see 0123456789abcdef there", 8, []string{"see", "01234567", "89abcdef", "there"}},
		"Chinese":           {"没有找到您的服务器", 8, []string{"没有找到", "您的服务", "器"}},
		"no comma first":    {"没有找到，请重试", 8, []string{"没有找", "到，请重", "试"}},
		"no bracket last":   {"没有找（到）", 8, []string{"没有找", "（到）"}},
		"Latin in Chinese":  {"在Thunderbird中", 12, []string{"在", "Thunderbird", "中"}},
		"an address":        {"邮箱lena@example.org、其他", 17, []string{"邮箱", "lena@example.org", "、其他"}},
		"Korean":            {"메일을 확인할 수 없습니다", 12, []string{"메일을", "확인할 수", "없습니다"}},
		"too narrow":        {"你好", 1, []string{"你", "好"}},
		"combining":         {"e\u0301e\u0301", 2, []string{"e\u0301", "e\u0301"}},
		"spaces at the end": {"one   two", 4, []string{"one", "two"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Break(c.text, c.width, columns); !slices.Equal(got, c.want) {
				t.Errorf("%q", got)
			}
			if got := byEnds(c.text, c.width); !slices.Equal(got, c.want) {
				t.Errorf("by their ends %q", got)
			}
		})
	}
}

// Whatever the text, nothing of it is lost, and no line is too long that could
// be broken.
func FuzzBreak(f *testing.F) {
	f.Add("没有找到，请重试 lena@example.org", 8)
	f.Add("the quick  brown\nfox", 5)
	f.Add("\u200d\u0301 x\r\n\u2028", 1)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width < 1 || width > 100 || !utf8.ValidString(text) || len(text) > 500 {
			return
		}
		lines := Break(text, float32(width), columns)
		bare := strings.NewReplacer(" ", "", "\n", "").Replace
		if got := bare(strings.Join(lines, "")); got != bare(text) {
			t.Errorf("%q became %q", text, lines)
		}
		for _, line := range lines {
			if columns(line) > float32(width) && len(characters(line)) > 1 {
				t.Errorf("%q is too long", line)
			}
		}
	})
}

// Text without an end takes no longer for each of its lines.
func TestBreakMeasuresLittle(t *testing.T) {
	measured := 0
	text := strings.Repeat("x", 100_000)
	lines := Break(text, 80, func(s string) float32 { measured += len(s); return columns(s) })
	if len(lines) != 100_000/80 || measured > 15*len(text) {
		t.Errorf("%d lines, %d times the text was measured", len(lines), measured/len(text))
	}
}
