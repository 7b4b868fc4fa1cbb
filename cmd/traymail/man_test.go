package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/traymail/traymail/internal/locale"
)

// The page names every command and flag that --help does, in both languages.
func TestManPageIsComplete(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans"} {
		e := &env{loc: locale.New(language)}
		root := newRoot(e)
		page := manPage(root, e.loc, "2026-11-25")
		plain := strings.NewReplacer(`\-`, "-", `\:`, "").Replace(page)
		var walk func(*cobra.Command)
		walk = func(c *cobra.Command) {
			if c.Hidden {
				return
			}
			if c.Runnable() && !c.HasSubCommands() && !strings.Contains(plain, c.CommandPath()) {
				t.Errorf("%s: %s is missing", language, c.CommandPath())
			}
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if !f.Hidden && f.Name != "help" && !strings.Contains(plain, "--"+f.Name) {
					t.Errorf("%s: --%s of %s is missing", language, f.Name, c.CommandPath())
				}
			})
			for _, child := range c.Commands() {
				walk(child)
			}
		}
		walk(root)
		if !strings.Contains(plain, "traymail - "+e.loc.T("cli.root.short")+"\n") {
			t.Errorf("%s: the line for whatis(1) is missing", language)
		}
		if strings.Contains(plain, "traymail man") && strings.Count(plain, "traymail man") != 1 {
			t.Errorf("%s: hidden commands are shown", language)
		}
	}
}

func TestManPageEscapes(t *testing.T) {
	r := &roff{}
	r.text(".SH not a heading\n'nor this\nback\\slash a-b\n读过，记录")
	r.macro("SS", `say "hi"`)
	want := "\\&.SH not a heading\n\\&'nor this\nback\\eslash a\\-b\n读\\:过，\\:记\\:录\n.SS \"say \\(dqhi\\(dq\"\n"
	if got := r.b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestManDate(t *testing.T) {
	s := shell{t, t.TempDir()}
	t.Setenv("SOURCE_DATE_EPOCH", "1795000000")
	if page := s.must("man"); !strings.Contains(page, ".TH TRAYMAIL 1 \"2026-11-18\"") {
		t.Errorf("no date in %.200s", page)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if code, _, stderr := s.run("man"); code != exitUsage || !strings.Contains(stderr, "SOURCE_DATE_EPOCH") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// What only tells about the program leaves no trace.
func TestAboutItselfMakesNoFolders(t *testing.T) {
	s := shell{t, filepath.Join(t.TempDir(), "home")}
	for _, args := range [][]string{{"version"}, {"man"}, {"completion", "bash"}} {
		s.must(args...)
	}
	if _, err := os.Stat(s.home); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", s.home, err)
	}
}

// Every shell that is promised a completion has one that asks this program. That
// of PowerShell is bound to the name that people type there, traymail.com's too.
func TestCompletion(t *testing.T) {
	s := shell{t, t.TempDir()}
	for name, binding := range map[string]string{
		"bash": "complete -o default -F __start_traymail traymail", "zsh": "compdef _traymail traymail", "fish": "complete -c traymail ",
		"powershell": "Register-ArgumentCompleter -CommandName 'traymail' -ScriptBlock ${__traymailCompleterBlock}",
	} {
		script := s.must("completion", name)
		if !strings.Contains(script, binding) || !strings.Contains(script, "__complete") {
			t.Errorf("%s: %.200s", name, script)
		}
		if strings.Contains(script, s.home) {
			t.Errorf("%s: the script is about this home", name)
		}
	}
	if _, out, _ := s.run("__complete", "check", "--e"); !strings.HasPrefix(out, "--exit-new\texit with 3 ") || !strings.Contains(out, "\n:4\n") {
		t.Errorf("%q", out)
	}
}
