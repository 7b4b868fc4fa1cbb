//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func program(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { // #nosec G306 -- a program
		t.Fatal(err)
	}
}

func TestOpenMail(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "home"))
	t.Setenv("XDG_DATA_DIRS", filepath.Join(dir, "share"))
	query := filepath.Join(dir, "bin", "xdg-mime")
	out := filepath.Join(dir, "out")

	program(t, query, "#!/bin/sh\n")
	if err := OpenMail(t.Context()); !errors.Is(err, ErrNoMailProgram) {
		t.Errorf("without a mail program: %v", err)
	}
	program(t, query, "#!/bin/sh\n[ \"$*\" = 'query default x-scheme-handler/mailto' ] && echo kde-mail.desktop\n")
	if err := OpenMail(t.Context()); err == nil {
		t.Error("a desktop file that is not there was opened")
	}
	mail := filepath.Join(dir, "my mail")
	program(t, mail, "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >'"+out+".new'; mv '"+out+".new' '"+out+"'\n")
	program(t, filepath.Join(dir, "share/applications/kde/mail.desktop"),
		"[Desktop Entry]\nName=Mail\nExec=\""+mail+"\" -list %u 100%%\n[Desktop Action Compose]\nExec=rm -rf /\n")
	if err := OpenMail(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(out); err == nil {
			if string(b) != "2\n-list\n100%\n" {
				t.Errorf("started with %q", b)
			}
			return
		}
	}
	t.Error("the mail program was not started")
}

// A link to a message goes to who says that it knows such, or to Thunderbird,
// and starts any other mail program without it.
func TestOpenMessage(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "home"))
	t.Setenv("XDG_DATA_DIRS", filepath.Join(dir, "share"))
	out := filepath.Join(dir, "out")
	record := "#!/bin/sh\nprintf '%s\\n' \"${0##*/}\" \"$@\" >'" + out + ".new'; mv '" + out + ".new' '" + out + "'\n"
	for _, name := range []string{"xdg-open", "thunderbird", "othermail"} {
		program(t, filepath.Join(dir, "bin", name), record)
		program(t, filepath.Join(dir, "share/applications", name+".desktop"), "[Desktop Entry]\nExec="+name+" %u\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, c := range []struct{ mid, mailto, want string }{
		{"thunderbird", "othermail", "xdg-open\nmid:a@b\n"},
		{"", "thunderbird", "thunderbird\nmid:a@b\n"},
		{"", "othermail", "othermail\n"},
	} {
		answer := func(scheme, id string) string {
			if id == "" {
				return ""
			}
			return "[ \"$3\" = x-scheme-handler/" + scheme + " ] && echo " + id + ".desktop\n"
		}
		program(t, filepath.Join(dir, "bin", "xdg-mime"), "#!/bin/sh\n"+answer("mid", c.mid)+answer("mailto", c.mailto)+"true\n")
		if err := OpenMessage(ctx, "mid:a@b"); err != nil {
			t.Fatal(err)
		}
		got := ""
		for ; got == "" && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			b, _ := os.ReadFile(out)
			got = string(b)
		}
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		_ = os.Remove(out)
	}
	for _, link := range []string{"", "a@b", "http://a@b", "mid:", "mid:x", "file:///etc/passwd"} {
		if err := OpenMessage(ctx, link); err == nil {
			t.Errorf("%q was opened", link)
		}
	}
	if err := OpenFile("-rf"); err == nil {
		t.Error("an option was opened")
	}
}

func TestExecWords(t *testing.T) {
	for line, want := range map[string]string{
		`thunderbird %u`:      "thunderbird",
		`a "b c" 'd`:          "a|b c|'d",
		`"/opt/\\$x\\\\y" %U`: `/opt/$x\y`,
		``:                    "",
		`/usr/bin/flatpak run --file-forwarding org.mail @@u %u @@`: "/usr/bin/flatpak|run|--file-forwarding|org.mail|@@u|@@",
	} {
		if words, err := execWords(line); err != nil || strings.Join(words, "|") != want {
			t.Errorf("%s became %q, %v", line, words, err)
		}
	}
	if _, err := execWords(`"a`); err == nil {
		t.Error("an open quotation was taken")
	}
	// What the autostart entry writes is read back.
	for _, word := range []string{"/opt/my mail/t", `/opt/$HOME/"` + "`id`" + `\`, "/opt/100%/t", "/home/我/t"} {
		if words, err := execWords(execWord(word)); err != nil || len(words) != 1 || words[0] != word {
			t.Errorf("%q became %q, %v", word, words, err)
		}
	}
	if _, err := commandOf("[Desktop Entry]\nExec=mutt %u\nTerminal=true\n"); err == nil {
		t.Error("a program for terminals was started")
	}
}
