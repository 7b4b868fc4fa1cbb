package packagetest

import (
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/locale"
)

const linuxFiles = repository + "/packaging/linux/io.github.traymail.traymail"

// posix is what desktop files and AppStream call a language of ours.
var posix = strings.NewReplacer("zh-Hans", "zh_CN", "zh-Hant", "zh_TW", "-", "_")

// languages are all of ours but English, whose texts bear no name, sorted.
func languages() []string {
	var all []string
	for _, l := range locale.Languages() {
		if l.Tag != "en" {
			all = append(all, posix.Replace(l.Tag))
		}
	}
	slices.Sort(all)
	return all
}

// What menus and software centres show of traymail speaks every language that
// traymail does, in the words of its own menu.
func TestDesktopFileSpeaksEveryLanguage(t *testing.T) {
	content, err := os.ReadFile(filepath.FromSlash(linuxFiles + ".desktop"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]map[string]string{} // group and key, language
	group := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			group = strings.Trim(line, "[]")
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key, language, _ := strings.Cut(strings.TrimSuffix(key, "]"), "[")
		key = group + "/" + key
		if texts[key] == nil {
			texts[key] = map[string]string{}
		}
		texts[key][language] = value
	}
	for _, key := range []string{
		"Desktop Entry/GenericName", "Desktop Entry/Comment", "Desktop Entry/Keywords",
		"Desktop Action check/Name", "Desktop Action settings/Name",
	} {
		if got := slices.Sorted(maps.Keys(texts[key])); !slices.Equal(got, append([]string{""}, languages()...)) {
			t.Errorf("%s is in %q", key, got)
		}
	}
	summaries := metainfo(t)["summary"]
	for _, l := range locale.Languages() {
		language, own := posix.Replace(l.Tag), locale.New(l.Tag)
		if l.Tag == "en" {
			language = ""
		}
		for key, want := range map[string]string{
			"Desktop Action check/Name":    own.T("tray.check_now"),
			"Desktop Action settings/Name": strings.TrimSuffix(own.T("tray.settings"), "…"),
			"Desktop Entry/Comment":        summaries[language],
		} {
			if got := texts[key][language]; got != want {
				t.Errorf("%s: %s is %q, elsewhere %q", l.Tag, key, got, want)
			}
		}
	}
}

// metainfo is the text of each element that is translated, by its place and
// language.
func metainfo(t *testing.T) map[string]map[string]string {
	t.Helper()
	file, err := os.Open(filepath.FromSlash(linuxFiles + ".metainfo.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var doc struct {
		Summary []translated `xml:"summary"`
		P       []translated `xml:"description>p"`
		Li      []translated `xml:"description>ul>li"`
		Caption []translated `xml:"screenshots>screenshot>caption"`
	}
	if err := xml.NewDecoder(file).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	for name, elements := range map[string][]translated{"summary": doc.Summary, "p": doc.P, "li": doc.Li, "caption": doc.Caption} {
		place := name
		for _, e := range elements {
			if e.Language == "" && found[name] != nil { // the next one begins
				place = name + ": " + e.Text
			}
			if found[place] == nil {
				found[place] = map[string]string{}
			}
			if found[place][e.Language] != "" {
				t.Errorf("%s is twice in %q", place, e.Language)
			}
			found[place][e.Language] = e.Text
		}
	}
	return found
}

type translated struct {
	Language string `xml:"lang,attr"`
	Text     string `xml:",chardata"`
}

func TestMetainfoSpeaksEveryLanguage(t *testing.T) {
	found := metainfo(t)
	for place, texts := range found {
		if got := slices.Sorted(maps.Keys(texts)); !slices.Equal(got, append([]string{""}, languages()...)) {
			t.Errorf("%s is in %q", place, got)
		}
	}
	if len(found) != 6 {
		t.Errorf("%d texts", len(found))
	}
}
