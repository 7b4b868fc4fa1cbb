//go:build judge

package charset

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Pages are as the programs of others read them: the C library's iconv, whose
// tables are not the charmaps that some pages come from, or Perl.
func TestPagesJudged(t *testing.T) {
	theirs := map[string]string{
		"tcvn": "TCVN5712-1", "kz-1048": "RK1048", "ptcp154": "PT154", "iso-ir-111": "ECMA-CYRILLIC", "hp-roman8": "HP-ROMAN8", "ibm737": "CP737", "ibm775": "CP775",
		"x-mac-ce": "MAC-CENTRALEUROPE", "x-mac-icelandic": "perl MacIcelandic", "ibm856": "perl cp856", "ibm424": "perl cp424", "ibm875": "perl cp875", "ibm1026": "perl cp1026",
		"x-mac-croatian": "perl MacCroatian", "x-mac-greek": "perl MacGreek", "x-mac-romanian": "perl MacRomanian", "x-mac-turkish": "perl MacTurkish", "ibm720": "",
		"ibm278": "IBM1143", "ibm871": "IBM1149", // the older tables are wrong there
	}
	alike := strings.NewReplacer("\u203e", "\u00af", "\u00a4", "\u20ac")
	for i := range charsets {
		c := &charsets[i]
		if _, own := c.single.(*page); !own && !c.ebcdic {
			continue
		}
		name, renamed := theirs[c.name]
		if !renamed {
			name = strings.ToUpper(c.name)
		}
		if name == "" {
			continue // nobody else here knows it
		}
		stop := byte('.')
		if c.ebcdic {
			stop = 0x4b
		}
		var octets []byte
		var ours strings.Builder
		for octet := range 256 {
			if r := c.single.DecodeByte(byte(octet)); r != utf8.RuneError && r != 0x1a && r != 0x7f {
				octets = append(octets, byte(octet), stop) // which keeps accents apart
				ours.WriteString(string(r) + ".")
			}
		}
		command := exec.Command("iconv", "-f", name, "-t", "UTF-8")
		if perl, ok := strings.CutPrefix(name, "perl "); ok {
			command = exec.Command("perl", "-MEncode", "-0777", "-ne", "print encode('UTF-8', decode('"+perl+"', $_))")
		}
		command.Stdin = bytes.NewReader(octets)
		got, err := command.Output()
		got = []byte(alike.Replace(string(got)))
		want := alike.Replace(ours.String())
		if err != nil || string(got) != want {
			a, b := []rune(string(got)), []rune(want)
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Errorf("%s: %#x is %U, %s has %U", c.name, octets[i], b[i], name, a[i])
				}
			}
			t.Errorf("%s as %s: %d characters, want %d, %v", c.name, name, len(a), len(b), err)
		}
	}
}

// The tables are what the generators make of what Debian installs and of the files
// beside them, to the octet.
func TestGenerated(t *testing.T) {
	for _, table := range []struct{ generator, file string }{{"./gen", "tables.go"}, {"./gen/pages", "pages.go"}} {
		made := filepath.Join(t.TempDir(), table.file)
		if said, err := exec.Command("go", "run", table.generator, "-o", made).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		is, err := os.ReadFile(table.file)
		if err != nil {
			t.Fatal(err)
		}
		wants, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(is, wants) {
			t.Errorf("%s is not what %s makes: go generate ./internal/charset", table.file, table.generator)
		}
	}
}
