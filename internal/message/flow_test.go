package message

import (
	"reflect"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"lines stay", "one\ntwo\r\nthree", "one\ntwo\nthree"},
		{"blank lines", "\n\none\n \n\t\n\n\ntwo\n\n", "one\n\ntwo"},
		{"blanks", "  +--+  \n  |  |\t\n  +--+", "  +--+\n  |  |\n  +--+"},
		{"quotations", "> a\n>b\n>> c\n> > > d\ne", "> a\n> b\n>\n> > c\n> >\n> > > d\n\ne"},
		{"empty quoted lines", "> a\n>\n> \n> b", "> a\n>\n> b"},
		{"indented quotation", ">   a\n>     b", ">   a\n>     b"},
		{"signature", "bye \n-- \nAnn ", "bye\n-- \nAnn"},
		{"trailing blank is none", "one \ntwo", "one\ntwo"},
		{"control characters", "a\x1b[31mb\x00\u202ec", "abc"},
		{"nothing", " \n\u200c\n", ""},
	} {
		if got := plainDocument(test.in, false, false).Text(nil); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestFlowed(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
		delSp          bool
	}{
		{"flowed", "one \ntwo \nthree\nfour", "one two three\nfour", false},
		{"blank deleted", "Don \naudampf \n schiff", "Donaudampfschiff", true},
		{"quoted", "> one \n> two\n> three", "> one two\n> three", false},
		{"quotation ends it", "> one \ntwo \n>> three \n> four", "> one\n\ntwo\n\n> > three\n>\n> four", false},
		{"stuffed", " From here\n > no quotation\n  two blanks", "From here\n> no quotation\n two blanks", false},
		{"signature", "bye \n-- \nAnn \nLee", "bye\n-- \nAnn Lee", false},
		{"quoted signature", "> bye \n> -- \n> Ann", "> bye\n> -- \n> Ann", false},
		{"blank line", "one \n\ntwo \n \nthree", "one\n\ntwo\n\nthree", false},
		{"end", "one ", "one", false},
		{"fixed after all", "one\n  two\nthree", "one\n two\nthree", false},
	} {
		if got := plainDocument(test.in, true, test.delSp).Text(nil); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestRichText(t *testing.T) {
	for _, test := range []struct{ kind, in, want string }{
		{"text/enriched", "<bold>Now</bold> is the time for <italic>all</italic> good men\n<smaller>(and <<women>)</smaller> to\n\ncome & stay\n\n\n<excerpt>quoted</excerpt><color><param>red</param>red</color> a < b", "Now is the time for all good men (and <women>) to\ncome & stay\n\n> quoted\n\nred a < b"},
		{"text/enriched", "<nofill>a  b\nc</nofill>", "a  b\nc"},
		{"text/richtext", "<bold>a</bold>\nb<nl>c <lt>d> <comment>no</comment><paragraph>e</paragraph>", "a b\nc <d>\n\ne"},
		{"text/markdown", "# a\n\n* b", "# a\n\n* b"},
		{"text/csv", "a,b\n1,2", "a,b\n1,2"},
		{"text/x-unheard-of", "a <b>", "a <b>"},
		{"application/xhtml+xml", "<p>a</p><p>b</p>", "a\n\nb"},
	} {
		d, ok := richDocument(test.kind, test.in)
		if got := d.Text(nil); !ok || got != test.want {
			t.Errorf("%s: %q, %v, want %q", test.kind, got, ok, test.want)
		}
	}
	for _, kind := range []string{"text/css", "text/xml", "text/vcard", "text/x-vcard", "text/directory", "text/rtf", "text/calendar", "text/javascript", "text/x-amp-html", "text/watch-html", "image/png", "application/rtf"} {
		if d, ok := richDocument(kind, "text"); ok || !d.Empty() {
			t.Errorf("%s is read", kind)
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("one \ntwo\n> three \n>> four\n-- \nfive\n\n  six", true, false)
	f.Add("> > a\n >b\n\u3000\n\x1b[1mc", false, true)
	f.Fuzz(func(t *testing.T, text string, flowed, delSp bool) {
		d := plainDocument(text, flowed, delSp)
		checkDocument(t, d)
		if rich, ok := richDocument("text/enriched", text); ok {
			checkDocument(t, rich)
		}
		d = plainDocument(text, false, false)
		printed := d.Text(nil)
		if again := plainDocument(printed, false, false); !reflect.DeepEqual(again, d) {
			t.Fatalf("%q: %+v, then %+v", printed, d, again)
		}
		if strings.Contains(printed, " \n") && !strings.Contains(printed, "-- \n") {
			t.Fatalf("%q", printed)
		}
	})
}
