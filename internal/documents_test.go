package internal_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// onlyEnglish are the documents that are for developers, or for a program.
var onlyEnglish = []string{"ARCHITECTURE.md", "CHANGELOG.md"}

const chineseSuffix = ".zh-CN.md"

// documents are the Markdown files that people read, by their paths from the root.
func documents(t *testing.T) (files []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			files = append(files, filepath.ToSlash(strings.TrimPrefix(file, ".."+string(filepath.Separator))))
		}
	}
	if len(files) < 20 {
		t.Fatalf("only %q", files)
	}
	return files
}

// document is what of a page can be counted or led to.
type document struct {
	headings []string // with their marks
	anchors  []string
	links    []string // pictures included
	rows     int      // of tables
	fences   []string // the openings of blocks of code
	quotes   []string // lines that quote
}

var (
	linkPattern = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codePattern = regexp.MustCompile("`[^`]*`")
)

func read(t *testing.T, file string) (d document) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			if inside = !inside; inside {
				d.fences = append(d.fences, line)
			}
			continue
		}
		if inside {
			continue
		}
		if marks, title, ok := strings.Cut(line, " "); ok && marks != "" && strings.Trim(marks, "#") == "" {
			d.headings = append(d.headings, line)
			d.anchors = append(d.anchors, anchor(title))
		}
		if strings.HasPrefix(line, "|") {
			d.rows++
		}
		if quote, ok := strings.CutPrefix(line, "> "); ok {
			d.quotes = append(d.quotes, quote)
		}
		for _, m := range linkPattern.FindAllStringSubmatch(codePattern.ReplaceAllString(line, ""), -1) {
			d.links = append(d.links, m[1])
		}
	}
	if inside {
		t.Errorf("%s: a block of code does not end", file)
	}
	return d
}

// anchor is what GitHub makes of a heading.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}

// Every link leads somewhere: to a file or picture that is there, and to a
// heading that it has.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, file := range documents(t) {
		for _, link := range read(t, file).links {
			target, heading, hasHeading := strings.Cut(link, "#")
			switch {
			case strings.HasPrefix(link, "https://"):
				continue
			case strings.Contains(link, ":"):
				t.Errorf("%s: %s is not https", file, link)
				continue
			case target == "":
				target = file
			default:
				target = path.Join(path.Dir(file), target)
			}
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: %s leads nowhere", file, link)
				continue
			}
			if hasHeading && !slices.Contains(read(t, target).anchors, heading) {
				t.Errorf("%s: %s has no heading %q", file, target, heading)
			}
			if strings.HasSuffix(file, chineseSuffix) && strings.HasSuffix(target, ".md") && !strings.HasSuffix(target, chineseSuffix) &&
				target != twin(file) && !slices.Contains(onlyEnglish, target) {
				t.Errorf("%s leads a Chinese reader to %s", file, target)
			}
		}
	}
}

// Nobody has to know a page to find it.
func TestEveryPageIsLedTo(t *testing.T) {
	for _, index := range []string{"docs/README.md", "docs/README.zh-CN.md"} {
		led := map[string]bool{index: true}
		for _, link := range read(t, index).links {
			target, _, _ := strings.Cut(link, "#")
			led[path.Join("docs", target)] = true
		}
		for _, file := range documents(t) {
			if path.Dir(file) == "docs" && strings.HasSuffix(file, chineseSuffix) == strings.HasSuffix(index, chineseSuffix) && !led[file] {
				t.Errorf("%s does not lead to %s", index, file)
			}
		}
	}
}

// twin is the same page in the other language.
func twin(file string) string {
	if name, ok := strings.CutSuffix(file, chineseSuffix); ok {
		return name + ".md"
	}
	return strings.TrimSuffix(file, ".md") + chineseSuffix
}

// Each page is there in both languages, which have the same headings, tables
// and blocks of code and lead to one another.
func TestPagesInBothLanguages(t *testing.T) {
	for _, file := range documents(t) {
		if slices.Contains(onlyEnglish, file) {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(twin(file)))); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s has no %s", file, twin(file))
			continue
		}
		one, other := read(t, file), read(t, twin(file))
		if !slices.Contains(one.links, path.Base(twin(file))) {
			t.Errorf("%s does not lead to %s", file, twin(file))
		}
		levels := func(d document) (levels []string) {
			for _, h := range d.headings {
				marks, _, _ := strings.Cut(h, " ")
				levels = append(levels, marks)
			}
			return levels
		}
		if !slices.Equal(levels(one), levels(other)) {
			t.Errorf("%s and %s have other headings:\n%q\n%q", file, twin(file), one.headings, other.headings)
		}
		if one.rows != other.rows {
			t.Errorf("%s has %d rows of tables, %s has %d", file, one.rows, twin(file), other.rows)
		}
		if !slices.Equal(one.fences, other.fences) {
			t.Errorf("%s and %s have other blocks of code: %q and %q", file, twin(file), one.fences, other.fences)
		}
	}
}

// What the program says is quoted in its own words, the same in both languages:
// people look for it by them.
func TestQuotedSentences(t *testing.T) {
	said := func(page, language string) (keys []string) {
		sentences := sentencesOf(t, language)
		for _, quote := range read(t, page).quotes {
			best, key := 0, ""
			for _, s := range sentences {
				if s.literal > best && s.pattern.MatchString(quote) {
					best, key = s.literal, s.key
				}
			}
			if key == "" {
				t.Errorf("%s: the program does not say %q", page, quote)
			}
			keys = append(keys, key)
		}
		return keys
	}
	english, chinese := said("docs/troubleshooting.md", "en"), said("docs/troubleshooting.zh-CN.md", "zh_Hans")
	if !slices.Equal(english, chinese) || len(english) < 20 {
		t.Errorf("the pages quote\n%q\n%q", english, chinese)
	}
}

// sentence is something the program says, with anything, or nothing, in the place of its
// arguments.
type sentence struct {
	key     string
	pattern *regexp.Regexp
	literal int // how many octets of it are always the same
}

func sentencesOf(t *testing.T, language string) (all []sentence) {
	t.Helper()
	files, err := filepath.Glob("../assets/translations/*." + language + ".json")
	if err != nil || len(files) == 0 {
		t.Fatal(language, err)
	}
	placeholder := regexp.MustCompile(`%\[\d+\][a-z]`)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(file, err)
		}
		for key, value := range texts {
			text, ok := value.(string)
			if !ok {
				continue // plural forms are numbers, which nobody looks for
			}
			parts := placeholder.Split(text, -1)
			literal := len(strings.Join(parts, ""))
			if literal < 15 {
				continue
			}
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			all = append(all, sentence{key, regexp.MustCompile("^" + strings.Join(parts, ".*") + "$"), literal})
		}
	}
	return all
}
