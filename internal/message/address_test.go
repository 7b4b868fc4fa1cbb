package message

import (
	"math/rand/v2"
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/plaintext"
)

func TestPerson(t *testing.T) {
	const ann, evil = "ann@example.org", "x@evil.example"
	gbk, jis, sjis := in(t, simplifiedchinese.GBK, "张伟"), in(t, japanese.ISO2022JP, "日本語"), in(t, japanese.ShiftJIS, "ソ連")
	for raw, want := range map[string][2]string{
		// Domains that look like another.
		"PayPal <service@раураl.com>":                  {"PayPal", "service@xn--l-7sba6dbr.com"},
		`"service@раураl.com" <service@раураl.com>`:    {"service@xn--l-7sba6dbr.com", "service@xn--l-7sba6dbr.com"},
		"service@раураl.com (PayPal)":                  {"PayPal", "service@xn--l-7sba6dbr.com"},
		"PayPal (service@раураl.com)":                  {"PayPal", "service@xn--l-7sba6dbr.com"},
		`"service@paypal.com" <service@раураl.com>`:    {"service@paypal.com <service@xn--l-7sba6dbr.com>", "service@xn--l-7sba6dbr.com"},
		"=?utf-8?q?service=40=D1=80=D0=B0=D1=83.com?=": {"service@xn--80a5ak.com", "service@xn--80a5ak.com"},
		"x <x@раураl .com>":                            {"x", "x@xn--l-7sba6dbr.com"},
		"x <x@раураl]com>":                             {"x", "x@xn--l]com-3vea0kb3a"},
		"Jörg <jörg@bücher.example>":                   {"Jörg", "jörg@bücher.example"},
		"王伟 <wang@例子.公司>":                              {"王伟", "wang@例子.公司"},
		"x <раураl@EXAMPLE.org>":                       {"x", "раураl@EXAMPLE.org"},

		// HZ has commas and quotes within characters.
		"~{Dz:C#,8=<~JGJ.R;TB~} <ann@example.org>": {"您好，附件是十一月", ann},
		"~{a,b~} <ann@example.org>":                {"~{a,b~}", ann},

		// More than one.
		"Ann <ann@example.org>, Bob <bob@example.org>":  {"Ann", ann},
		"ann@example.org, bob@example.org":              {ann, ann},
		"Ann <ann@example.org>; Bob <bob@example.org>":  {"Ann", ann},
		"ann@example.org; bob@example.org":              {ann, ann},
		", ,Ann <ann@example.org>,":                     {"Ann", ann},
		"Ann <ann@example.org, Bob <bob@example.org>":   {"Ann", ann},
		"undisclosed-recipients:;":                      {"undisclosed-recipients", ""},
		"unlisted-recipients:; (no To-header on input)": {"unlisted-recipients", ""},
		`"The team": ;`:                                 {"The team", ""},
		"Team: ann@example.org, Bob <bob@example.org>;": {ann, ann},
		"Team: Ann <ann@example.org>;":                  {"Ann", ann},
		"Sales: EU <ann@example.org>":                   {"Sales: EU", ann},
		// Commas that nobody has quoted.
		"Lee, Ann <ann@example.org>":                         {"Lee, Ann", ann},
		"Lee, Ann, PhD <ann@example.org>, Bob <b@x.example>": {"Lee, Ann, PhD", ann},
		"=?utf-8?Q?L=C3=A9e?=, Ann <ann@example.org>":        {"Lée, Ann", ann},
		"=?utf-8?Q?L=C3=A9e=2C_Ann?= <ann@example.org>":      {"Lée, Ann", ann},
		"=?utf-8?Q?L=C3=A9e, Ann?= <ann@example.org>":        {"Lée, Ann", ann},
		"Lee, Ann": {"Lee, Ann", ""},
		// Comments and names where they please.
		"(Ann Lee) ann@example.org":               {"Ann Lee", ann},
		"ann@example.org (Ann Lee)":               {"Ann Lee", ann},
		"ann@example.org (Ann (the \\) one) Lee)": {"Ann (the ) one) Lee", ann},
		"<ann@example.org> (Ann Lee)":             {"Ann Lee", ann},
		"<ann@example.org> Ann Lee":               {"Ann Lee", ann},
		"Ann <ann@example.org> Lee":               {"Ann Lee", ann},
		"Ann (sales) <ann@example.org>":           {"Ann (sales)", ann},
		"Ann Lee ann@example.org":                 {"Ann Lee", ann},
		"ann@example.org Ann Lee":                 {"Ann Lee", ann},
		"Ann Lee [ann@example.org]":               {"Ann Lee", ann},
		"Ann Lee [mailto:ann@example.org]":        {"Ann Lee", ann},
		"Ann (sales <ann@example.org>":            {"Ann (sales", ann},
		"Ann ((sales) <ann@example.org>":          {"Ann ((sales)", ann},
		"Ann <ann(work)@example.org>":             {"Ann", ann},
		"Ann Lee (ann@example.org)":               {"Ann Lee", ann},
		"(ann@example.org)":                       {ann, ann},
		"ann@example.org <Ann Lee>":               {"Ann Lee", ann},
		"<Ann Lee ann@example.org>":               {"Ann Lee", ann},
		"<Ann Lee <ann@example.org>>":             {"Ann Lee", ann},
		"Ann &amp; Bob <ann@example.org>":         {"Ann &amp; Bob", ann},
		// Quotes.
		`"Ann" Lee <ann@example.org>`:             {"Ann Lee", ann},
		`Ann "Annie" Lee <ann@example.org>`:       {"Ann Annie Lee", ann},
		`"Ann <ann@example.org>`:                  {"Ann", ann},
		`Ann" <ann@example.org>`:                  {"Ann", ann},
		`"'Ann Lee'" <ann@example.org>`:           {"Ann Lee", ann},
		`'Ann Lee' <ann@example.org>`:             {"Ann Lee", ann},
		`"'Ann Lee' via Sales" <ann@example.org>`: {"'Ann Lee' via Sales", ann},
		`"\"Ann Lee\"" <ann@example.org>`:         {"Ann Lee", ann},
		`"Ann \"A\" Lee" <ann@example.org>`:       {`Ann "A" Lee`, ann},
		`"Ann \\ Lee" <ann@example.org>`:          {`Ann \ Lee`, ann},
		`"Lee; Ann <hr>" <ann@example.org>`:       {"Lee; Ann <hr>", ann},
		`"" <ann@example.org>`:                    {ann, ann},
		`" " <ann@example.org>`:                   {ann, ann},
		`"''" <ann@example.org>`:                  {ann, ann},
		`"\"" <ann@example.org>`:                  {ann, ann},
		"\"\u3164\u2800\" <ann@example.org>":      {ann, ann},
		`"ann@example.org"`:                       {ann, ann},
		`"Ann Lee <ann@example.org>"`:             {"Ann Lee", ann},
		// Addresses.
		"Ann <mailto:ann@example.org>":                {"Ann", ann},
		"mailto:ann@example.org":                      {ann, ann},
		"Ann <MAILTO:ann@example.org?subject=x>":      {"Ann", ann},
		"Ann <@a.example,@b.example:ann@example.org>": {"Ann", ann},
		"Ann <@a.example:ann@example.org>":            {"Ann", ann},
		"Ann < ann@example.org >":                     {"Ann", ann},
		"Ann <ann @ example.org>":                     {"Ann", ann},
		"ann @ example.org":                           {ann, ann},
		"Ann <<ann@example.org>>":                     {"Ann", ann},
		"ann@example.org>":                            {ann, ann},
		"Ann <ann@example.org Lee":                    {"Ann Lee", ann},
		"Ann <sales> ann@example.org":                 {"Ann <sales>", ann},
		"Ann <ann@example.org> <sales>":               {"Ann <sales>", ann},
		`Ann <"ann"@example.org>`:                     {"Ann", ann},
		`Ann <"a@b, c"@example.org>`:                  {"Ann", `"a@b, c"@example.org`},
		`"a b"@example.org (Ann)`:                     {"Ann", `"a b"@example.org`},
		"Ann <ann@[IPv6:::1]>":                        {"Ann", "ann@[IPv6:::1]"},
		"用户 <用户@例子.公司>":                               {"用户", "用户@例子.公司"},
		"Ann <ann@xn--fsqu00a.example>":               {"Ann", "ann@xn--fsqu00a.example"},
		"MAILER-DAEMON":                               {"MAILER-DAEMON", ""},
		"<MAILER-DAEMON>":                             {"MAILER-DAEMON", "MAILER-DAEMON"},
		"MAILER-DAEMON (Mail Delivery System)":        {"Mail Delivery System", "MAILER-DAEMON"},
		"Mail Delivery System <MAILER-DAEMON>":        {"Mail Delivery System", "MAILER-DAEMON"},
		"Mail Delivery <>":                            {"Mail Delivery", ""},
		"<>":                                          {"", ""},
		"":                                            {"", ""},
		" , ; ":                                       {"", ""},
		"ann@example.org <ann@example.org>":           {ann, ann},
		`"Ann@Example.ORG" <ann@example.org>`:         {ann, ann},
		`"<ann@example.org>" <ann@example.org>`:       {ann, ann},
		"Ann @ Work <ann@example.org>":                {"Ann @ Work", ann},
		`"Ann (@ann)" <ann@example.org>`:              {"Ann (@ann)", ann},
		// Encoded words, where they belong or not.
		"=?utf-8?Q?Ann_<ann@example.org>?=":                   {"Ann", ann},
		`"=?utf-8?Q?Ann_<ann@example.org>?="`:                 {"Ann", ann},
		"=?utf-8?Q?Ann?= =?utf-8?Q?_<ann@example.org>?=":      {"Ann", ann},
		"=?utf-8?Q?ann@example.org?=":                         {ann, ann},
		"Ann <=?utf-8?Q?ann@example.org?=>":                   {"Ann", ann},
		`"=?utf-8?b?5byg5Lyf?=" <ann@example.org>`:            {"张伟", ann},
		"=?utf-8?b?5byg5Lyf?=<ann@example.org>":               {"张伟", ann},
		"=?utf-8?Q?Ann <ann@example.org>":                     {"Ann", ann},
		"=?utf-8?B?5byg5Lyf <ann@example.org>, b@example.org": {"张伟", ann},
		"ann@example.org (=?utf-8?b?5byg5Lyf?=)":              {"张伟", ann},
		// Octets that look like syntax.
		gbk + " <ann@example.org>":                      {"张伟", ann},
		`"` + gbk + `" <ann@example.org>`:               {"张伟", ann},
		`"` + jis + `" <ann@example.org>`:               {"日本語", ann},
		"Ann\x1b[31m\u202e Lee <ann@example\u200b.org>": {"Ann Lee", ann},
		// Claims.
		`"security@bank.example" <x@evil.example>`:                                      {"security@bank.example <x@evil.example>", evil},
		"security@bank.example <x@evil.example>":                                        {"security@bank.example <x@evil.example>", evil},
		`"security＠bank.example" <x@evil.example>`:                                      {"security＠bank.example <x@evil.example>", evil},
		`"Bank <security@bank.example>" <x@evil.example>`:                               {"Bank <security@bank.example> <x@evil.example>", evil},
		`"security @ bank.example" <x@evil.example>`:                                    {"security @ bank.example <x@evil.example>", evil},
		"=?utf-8?Q?security=40bank.example?= <x@evil.example>":                          {"security@bank.example <x@evil.example>", evil},
		`"security@bank.example` + strings.Repeat(" ", 300) + `" <x@evil.example>`:      {"security@bank.example <x@evil.example>", evil},
		`"security@bank.example` + strings.Repeat("\u3164", 300) + `" <x@evil.example>`: {"security@bank.example <x@evil.example>", evil},
		`"security@bank.example` + strings.Repeat(".", 300) + `" <x@evil.example>`:      {"security@bank.example" + strings.Repeat(".", 78) + "… <x@evil.example>", evil},
		`"Bank <security@bank.example>" (x) <x@evil.example>`:                           {"Bank <security@bank.example> (x) <x@evil.example>", evil},
		"Bank <security@bank.example> <x@evil.example>":                                 {"Bank <security@bank.example> <x@evil.example>", evil},
		`"Ann ann@example.org" <ann@example.org>`:                                       {"Ann ann@example.org", ann},
	} {
		name, address := decoder{}.person([]byte(raw))
		if name != want[0] || address != want[1] {
			t.Errorf("%q: %q, %q; want %q", raw, name, address, want)
		}
	}
	// Its second octet is a backslash, and one of the next a bracket.
	for _, raw := range []string{`"` + sjis + `" <ann@example.org>`, sjis + "<ann@example.org>"} {
		if name, address := (decoder{hint: "shift_jis"}).person([]byte(raw)); name != "ソ連" || address != ann {
			t.Errorf("%q: %q, %q", raw, name, address)
		}
	}
}

func TestPeople(t *testing.T) {
	for raw, want := range map[string]string{
		"Ann <ann@example.org>, bob@example.org":                   "Ann, bob@example.org",
		"Ann; Bob <bob@example.org>":                               "Ann, Bob",
		"Lee, Ann <ann@example.org>, Bob <b@x>":                    "Lee, Ann, Bob",
		"undisclosed-recipients:;":                                 "undisclosed-recipients",
		"Team: a@example.org, Bob <b@example.org>;, c@example.org": "a@example.org, Bob, c@example.org",
		"": "",
	} {
		if got := (decoder{}).people([]byte(raw)); got != want {
			t.Errorf("%q: %q", raw, got)
		}
	}
	if got := (decoder{}).people([]byte(strings.Repeat("Ann Lee <ann@example.org>, ", 5000))); utf8.RuneCountInString(got) > maxField {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}

// What is written as RFC 5322 wants it reads as net/mail reads it.
func TestAddressAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	letters := []rune("abc XYZ.,;:<>()[]\\\"'?=_-äé会议Привет")
	for range 5000 {
		var b strings.Builder
		b.WriteString("A")
		for range random.IntN(20) {
			b.WriteRune(letters[random.IntN(len(letters))])
		}
		b.WriteString("z")
		a := mail.Address{Name: plaintext.Clean(b.String()), Address: "a.b+c@example.org"}
		raw := a.String()
		if random.IntN(2) == 0 {
			raw += ", " + (&mail.Address{Name: "Bob, \"B\"", Address: "b@example.org"}).String()
		}
		want, err := mail.ParseAddressList(raw)
		if err != nil || strings.Contains(a.Name, "=?") || strings.Count(a.Name, `"`) == 1 {
			continue
		}
		name, address := decoder{}.person([]byte(raw))
		if name != want[0].Name || address != want[0].Address {
			t.Fatalf("%q: %q, %q; want %q", raw, name, address, want[0])
		}
	}
}

func TestAddressesAreLinear(t *testing.T) {
	for _, piece := range []string{"(", `"`, `\"`, "<", ">", "@", "a@", "=?", "=?a?q?", "=?a?q?x?=", ",", "a,", "a:", ";", "\x1b$", "\x81\"", "<a@b>", "a <b>,", " "} {
		raw := []byte(strings.Repeat(piece, maxValue/len(piece)))
		decoder{}.person(raw)
		decoder{}.people(raw)
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		`"Lee, Ann" <ann@example.org>, Bob (b) <@a:b@c>`, `(c) a@b; x: y@z, "q"@r;`, `=?utf-8?Q?Ann_<a@b>?=`, "\x81\" <a@b>", `"a＠b" <c@d>`, `"a <b@c`, "a@b (x(y)", "u:;", "\x1b$B<\x1b(B <a@b>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		name, address := decoder{}.person(raw)
		for _, s := range []string{name, address, decoder{}.people(raw)} {
			if !utf8.ValidString(s) || plaintext.Clean(s) != s || utf8.RuneCountInString(s) > maxClaim+maxField+3 {
				t.Fatalf("%q: not clean: %q", raw, s)
			}
		}
		if address != "" && (name == "" || name != address && claims(name, address) && !strings.HasSuffix(name, "<"+address+">")) {
			t.Fatalf("%q: %q, %q", raw, name, address)
		}
	})
}
