//go:build cgo && !nowindow

package window

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/settings"
)

func forcedLook(v fyne.ThemeVariant) fyne.Theme {
	if v == theme.VariantDark {
		return newLook(settings.ThemeDark)
	}
	return newLook(settings.ThemeLight)
}

// pictureTime is when the pictures are taken. No clock is changed in the days
// before it, in no time zone.
var pictureTime = time.Date(2026, 6, 17, 14, 30, 0, 0, time.Local)

var pictureAccounts = []settings.Account{
	{
		ID: "home-k3fa", Name: "Home", Address: "lena@example.org", Server: "pop.example.org", Port: 995,
		Security: settings.TLS, User: "lena@example.org", Interval: settings.Duration(10 * time.Minute),
	},
	{
		ID: "work-22aa", Name: "工作邮箱", Address: "li.na@example.com", Server: "mail.example.com", Port: 1110,
		Security: settings.STLS, User: "li.na", Interval: settings.Duration(7 * time.Minute), SecretCommand: "pass show mail/work",
	},
	{
		ID: "club-zzzz", Name: "The Amateur Astronomers of the Lower Rhine Valley, Members' Mailbox", Server: "mx.club.example.net", Port: 995,
		Security: settings.TLS, User: "treasurer", Interval: settings.Duration(time.Hour),
	},
}

func pictureSnapshot() api.Snapshot {
	now := pictureTime
	return api.Snapshot{Revision: 4, Unseen: 3, Accounts: []api.AccountStatus{
		{ID: "home-k3fa", Name: "Home", State: api.OK, Messages: 1204, Unseen: 3, LastPoll: now},
		{ID: "work-22aa", Name: "工作邮箱", State: api.Waiting, Messages: 18, Error: &api.Problem{
			Kind: "secret", Code: "locked", Text: "Waiting for the keyring. Unlock it and the check goes on by itself.",
		}},
		{ID: "club-zzzz", Name: "The Amateur Astronomers of the Lower Rhine Valley, Members' Mailbox", State: api.Failed, Error: &api.Problem{
			Kind: "auth", Code: "AUTH", Text: "The server refused the password. Check user name and password; some providers want an app password or an authorization code instead.",
		}},
	}}
}

func pictureHealth() api.Health {
	return api.Health{
		LastTry: pictureTime.Add(-3 * time.Minute), Why: "interval",
		Session: &api.PollStats{Mode: "unchanged", RoundTrips: 1, Sent: 77, Received: 100, DurationMS: 34},
		TLS: &api.TLSHealth{
			Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Resumed: true, Names: []string{"pop.example.org", "imap.example.org", "mail.example.org"},
			Issuer: "CN=R11,O=Let's Encrypt,C=US", Expires: pictureTime.Add(61 * 24 * time.Hour),
		},
		Login: "PLAIN", Implementation: "Dovecot", Pipelining: true,
		Capabilities: []string{"CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "USER", "SASL PLAIN LOGIN", "IMPLEMENTATION Dovecot"},
		Transcript: []string{
			"   0.000 connected to pop.example.org:995",
			"   0.021 TLS 1.3, TLS_AES_128_GCM_SHA256, resumed, certificate of pop.example.org until 2027-01-24",
			"   0.033 S: +OK 你好 Dovecot ready.", "   0.033 C: AUTH PLAIN ***", "   0.033 C: STAT", "   0.033 C: UIDL 1204",
			"   0.058 S: +OK Logged in.", "   0.058 S: +OK 1204 48211093", "   0.059 S: +OK 1204 0000054e65f0d1a2", "   0.059 C: QUIT", "   0.071 S: +OK Logging out.",
		},
	}
}

func pictureReport() doctor.Report {
	return doctor.Report{Level: doctor.Problem, Checks: []doctor.Check{
		{Group: doctor.Desktop, Level: doctor.OK, Text: "The tray shows the icon."},
		{Group: doctor.Desktop, Level: doctor.Warning, Text: "The notification service (dunst 1.9.0) shows no buttons.", Advice: "Click the notification itself to open the message."},
		{Group: doctor.Desktop, Level: doctor.Problem, Text: "The keyring is locked.", Advice: "Unlock it, for example with Passwords and Keys, and the accounts that wait for it are checked at once. This sentence is long, so that it takes more than one line."},
		{Group: doctor.Accounts, Level: doctor.OK, Text: "Home: checked at 14:03, the next time at 14:13."},
		{Group: doctor.Accounts, Level: doctor.Problem, Text: "工作邮箱：等待密钥环解锁。"},
	}}
}

func pictureMails() []api.Mail {
	now := pictureTime
	samples := []api.Mail{
		{From: "Mira Okafor", Subject: "Lunch on Thursday?", Octets: 3400},
		{From: "陈晓梅", Subject: "关于周五会议的安排和需要提前准备的材料", Octets: 18200},
		{From: "Library of Northfield", Subject: "Your loan of “The Invention of Nature” and four other items ends in three days", Octets: 5200, Seen: true},
		{From: "", Subject: "", Octets: 812, Seen: true},
		{From: "noreply@a-very-long-host-name.newsletters.example.com", Subject: "Bestellung 4711: Ihre Rechnung", Octets: 2_340_000, Seen: true},
		{From: "山田太郎", Subject: "お見積りの件", Octets: 9100, Seen: true},
		{From: "김하늘", Subject: "회의록 공유드립니다", Octets: 7100, Seen: true},
	}
	mails := make([]api.Mail, 0, 1400)
	for i := range 1400 {
		m := samples[i%len(samples)]
		m.Account, m.AccountName, m.UID = "home-k3fa", "Home", fmt.Sprint("uid", i)
		m.Date = api.Time{Time: now.Add(-time.Duration(i*i) * 40 * time.Minute)}
		m.Seen = m.Seen || i > 6
		mails = append(mails, m)
	}
	return mails
}

const pictureText = "Hi Lena,\n\nshall we meet on Thursday at half past twelve? The place by the river has opened its garden again, " +
	"and the forecast looks fine for once.\n\n中文也应当正常显示：周四中午十二点半，在河边那家店见，好吗？\n\nIf you can't make it, Friday works as well.\n\nMira\n-- \nhttps://example.org/garden"

// Each screen is drawn in both languages and themes. With TRAYMAIL_PICTURES
// set to a folder the pictures are kept there, to be looked at. The main ones
// are compared with how they were.
func TestPictures(t *testing.T) {
	keep := os.Getenv("TRAYMAIL_PICTURES")
	variants := map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark}
	for name, scene := range scenes {
		for _, language := range []string{"en", "zh-Hans"} {
			var light image.Image
			for _, variantName := range []string{"light", "dark"} {
				variant := variants[variantName]
				t.Run(name+"-"+language+"-"+variantName, func(t *testing.T) {
					f := newFake()
					h := scene(t, f, func(open ipc.OpenRequest) *harness { return start(t, f, open, language, variant) })
					picture := h.window.Canvas().Capture()
					if picture.Bounds().Dx() < 700 {
						t.Fatalf("the picture is %v", picture.Bounds())
					}
					if golden[name] && (language == "en") == (variant == theme.VariantLight) {
						likeGolden(t, picture, name+"-"+language+".png", keep)
					}
					if language == "en" && !turns[name] {
						// A change of the theme lays everything out anew as well.
						fyne.CurrentApp().Settings().SetTheme(forcedLook(theme.VariantLight))
						got := h.window.Canvas().Capture()
						if variant == theme.VariantLight {
							light = got
						} else {
							keepsNoTheme(t, got, light, name, keep)
						}
						fyne.CurrentApp().Settings().SetTheme(forcedLook(variant))
					}
					if keep == "" {
						return
					}
					keepPicture(t, picture, filepath.Join(keep, name+"-"+language+"-"+variantName+".png"))
					if scaled, ok := h.window.Canvas().(interface{ SetScale(float32) }); ok {
						scaled.SetScale(2)
						keepPicture(t, h.window.Canvas().Capture(), filepath.Join(keep, "2x", name+"-"+language+"-"+variantName+".png"))
					}
				})
			}
		}
	}
}

// keepsNoTheme: what came up in dark and then had to be light looks like what
// came up in light.
func keepsNoTheme(t *testing.T, got, want image.Image, name, keep string) {
	t.Helper()
	others, difference := compare(got, want)
	if others <= maxPixels {
		return
	}
	t.Errorf("%d pixels keep the theme that was", others)
	if keep != "" {
		keepPicture(t, got, filepath.Join(keep, "theme", name+".png"))
		keepPicture(t, difference, filepath.Join(keep, "theme", name+"-difference.png"))
	}
}

// turns has the scenes in which something turns, and so never looks the same.
var turns = map[string]bool{"settings-testing": true, "add-searching": true, "signin-waiting": true}

func keepPicture(t *testing.T, picture image.Image, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(out, picture); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func documentScene(f *fake, open opener, d message.Document) *harness {
	f.snapshot, f.mails = pictureSnapshot(), pictureMails()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	f.message = api.FullMessage{To: "Lena Brandt <lena@example.org>", Document: d, Complete: true}
	h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0"})
	s := h.screen.(*mailboxScreen)
	h.until("list and message", func() bool { return s.listed && s.snapshot.Revision > 0 && s.reader.text != "" })
	return h
}

func text(text string) []message.Span { return []message.Span{{Text: text}} }

// pictureDocument has each kind of block in it.
var pictureDocument = message.Document{Pictures: 3, Unseen: 1, Blocks: []message.Block{
	{Kind: message.Heading, Level: 1, Spans: text("News from the garden 花园新闻")},
	{Kind: message.Paragraph, Spans: []message.Span{
		{Text: "The "},
		{Text: "new opening hours", Bold: true},
		{Text: " hold from "},
		{Text: "Thursday", Italic: true},
		{Text: " on; see the "},
		{Text: "page about the garden", Link: "https://garden.example.org/hours?lang=en"},
		{Text: ", or write to garden@example.org. 周四起"},
		{Text: "开放时间有变化", Bold: true},
		{Text: "，请看网页。 The command is "},
		{Text: "make tea", Code: true},
		{Text: ", at "},
		{Text: "€ 4.50", Struck: true},
		{Text: " € 3.90."},
	}},
	{Kind: message.Heading, Level: 2, Spans: text("What to bring")},
	{Kind: message.ListItem, Level: 1, Spans: text("Bread and cheese, for there is no kitchen this week, and the next shop is twenty minutes away")},
	{Kind: message.ListItem, Level: 1, Spans: text("茶和水果")},
	{Kind: message.ListItem, Level: 2, Mark: "1", Spans: text("apples")},
	{Kind: message.ListItem, Level: 2, Mark: "10", Spans: text("pears")},
	{Kind: message.Row, Cells: [][]message.Span{{{Text: "Item", Bold: true}}, {{Text: "Price", Bold: true}}, {{Text: "备注", Bold: true}}}},
	{Kind: message.Row, Cells: [][]message.Span{text("Tea with milk"), text("€ 3.90"), text("每天新鲜")}},
	{Kind: message.Row, Cells: [][]message.Span{text("Cake"), text("€ 12.00"), text("only on Sundays, and as long as there is any, so come early")}},
	{Kind: message.Preformatted, Spans: text("$ make tea\n  boiling water ... done")},
	{Kind: message.Notice, Code: message.Forwarded, Args: map[string]string{"from": "Mira Okafor", "subject": "Lunch", "date": "2026-06-16T12:30:00Z"}},
	{Kind: message.Paragraph, Quote: 1, Spans: text("Shall we meet on Thursday?")},
	{Kind: message.Paragraph, Quote: 2, Spans: text("I am away until Wednesday,\nand reachable at +49 123 456.")},
	{Kind: message.Paragraph, Quote: 3, Spans: text("When are you back?")},
	{Kind: message.ListItem, Level: 1, Quote: 4, Spans: text("and with whom")},
	{Kind: message.Rule},
	{Kind: message.Paragraph, Spans: text("See you,\nMira\n-- \nMira Okafor\nhttps://example.org/mira")},
}}

// turnedDocument is read from right to left, in part.
var turnedDocument = message.Document{Blocks: []message.Block{
	{Kind: message.Paragraph, Spans: []message.Span{{Text: "שלום לנה, נפגש ביום חמישי בשעה 12:30 (ליד הנהר)? ראי "}, {Text: "example.org", Link: "https://example.org/"}, {Text: " לפרטים."}}},
	{Kind: message.Paragraph, Spans: text("English with עברית within, and 123 numbers.")},
	{Kind: message.Paragraph, Spans: text("مرحبا بالعالم، الساعة 12:30 في المطعم.")},
}}

type opener func(ipc.OpenRequest) *harness

// untrustedScene is a test that fails on a certificate.
func untrustedScene(f *fake, open opener) *harness {
	f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
	f.report.Steps = []api.TestStep{
		{Name: "name", OK: true, Text: "Found pop.example.org"},
		{Name: "connect", OK: true, Text: "Connected to pop.example.org, port 995"},
		{Name: "tls", Text: "Secure the connection"},
	}
	f.report.Error = &api.Problem{
		Kind: "tls", Code: "unknown-authority",
		Text: "The certificate of pop.example.org is not from an authority this computer trusts: check the server's name, or name its CA file in the settings.",
	}
	f.report.TLS = &api.TLSHealth{
		Subject: "CN=pop.example.org,O=Example Society", Issuer: "CN=Example Society Root,O=Example Society", Names: []string{"pop.example.org", "mail.example.org"},
		Begins: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Expires: time.Date(2036, 3, 1, 9, 0, 0, 0, time.UTC),
		SHA256: "3f2a88b1c0d94e77a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718",
	}
	h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
	s := h.accounts()
	h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
	s.test.OnTapped()
	h.until("the report", func() bool { return !s.busy })
	return h
}

// moreScene is a form with everything in it.
func moreScene(f *fake, open opener) *harness {
	a := pictureAccounts[0]
	a.Pin = "3f2a88b1c0d94e77a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"
	a.Open, a.Mechanism, a.Proxy, a.Silent = "https://mail.example.org/", "SCRAM-SHA-256", "socks5://127.0.0.1:9050", true
	a.QuietFrom, a.QuietUntil, a.QuietDays, a.Sound = "18:00", "09:00", "mon-fri", settings.SoundSystem
	f.accounts, f.snapshot = []settings.Account{a}, pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
	s := h.accounts()
	h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
	return h
}

// signInScene is a new account at Outlook.com whose owner has pressed the button.
func signInScene(f *fake, open opener, signer func(context.Context, SignIn) (*SignedIn, error)) *harness {
	f.servers, f.signer = outlook(), signer
	h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
	s := h.accounts()
	h.until("the form", func() bool { return s.loaded })
	s.adder.fields[fieldAddress].SetText("lena.fischer@outlook.com")
	if signer != nil {
		s.adder.signIn.OnTapped()
	}
	return h
}

// signedInScene is an account that signs in, and has to do so again.
func signedInScene(f *fake, open opener) *harness {
	f.accounts, f.snapshot = slices.Clone(pictureAccounts), pictureSnapshot()
	f.accounts[0].Server, f.accounts[0].User, f.accounts[0].Address = "pop.gmail.com", "lena@gmail.com", "lena@gmail.com"
	f.accounts[0].OAuth.Provider = "google"
	f.snapshot.Accounts[0].State = api.Failed
	f.snapshot.Accounts[0].Error = &api.Problem{Kind: api.KindSecret, Code: api.CodeSignIn, Args: api.Args{api.ArgServer: "oauth2.googleapis.com"}}
	h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
	h.until("accounts and states", func() bool { s := h.accounts(); return s.loaded && s.snapshot.Revision > 0 })
	return h
}

var scenes = map[string]func(*testing.T, *fake, opener) *harness{
	"signin-offer": func(_ *testing.T, f *fake, open opener) *harness { return signInScene(f, open, nil) },
	"signin-offer-gmail": func(_ *testing.T, f *fake, open opener) *harness {
		h := signInScene(f, open, nil)
		h.accounts().adder.fields[fieldAddress].SetText("lena.fischer@gmail.com")
		return h
	},
	"signin-waiting": func(_ *testing.T, f *fake, open opener) *harness {
		h := signInScene(f, open, awaited(nil))
		h.until("the browser", func() bool { return h.accounts().signer.address != "" })
		return h
	},
	"signin-failed": func(_ *testing.T, f *fake, open opener) *harness {
		h := signInScene(f, open, failsWith(api.CodeSignInApproval))
		h.until("the sentence", func() bool { return h.accounts().signer.result.Visible() })
		return h
	},
	"signin-again": func(_ *testing.T, f *fake, open opener) *harness { return signedInScene(f, open) },
	"signin-remove": func(_ *testing.T, f *fake, open opener) *harness {
		h := signedInScene(f, open)
		h.accounts().askRemove()
		return h
	},
	"signin-client": func(_ *testing.T, f *fake, open opener) *harness {
		f.signer = failsWith(api.CodeSignInNoClient)
		h := signedInScene(f, open)
		h.accounts().form.signIn.OnTapped()
		h.until("the explanation", func() bool { return h.accounts().signer.fields.Visible() })
		return h
	},
	"settings-empty": func(_ *testing.T, _ *fake, open opener) *harness {
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings, Notice: "no-tray"})
		s := h.accounts()
		h.until("the form", func() bool { return s.loaded })
		return h
	},
	"settings-icon-hidden": func(_ *testing.T, f *fake, open opener) *harness {
		f.icon = func() bool { return true }
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("the form", func() bool { return s.loaded })
		f.accounts, f.snapshot = pictureAccounts[:1], pictureSnapshot()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		h.screen.handle(ipc.Event{Snapshot: &f.snapshot})
		return h
	},
	"settings-empty-thunderbird": func(t *testing.T, f *fake, open opener) *harness {
		haveThunderbird(t, f)
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		h.until("the offer", func() bool { return h.accounts().offered != "" })
		return h
	},
	"settings-thunderbird": func(t *testing.T, f *fake, open opener) *harness {
		haveThunderbird(t, f)
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		p := h.preferences()
		p.exchange.takeover.press()
		h.until("the dialog", func() bool { return p.dialogs.open != nil })
		return h
	},
	"settings-errors": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot = api.Snapshot{Revision: 1}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("the form", func() bool { return s.loaded })
		s.pressManual()
		s.form.fields[fieldAddress].SetText("lena.example")
		s.form.fields[fieldServer].SetText("pop example")
		s.form.fields[fieldPort].SetText("99500")
		s.form.security.SetSelectedIndex(2)
		s.form.fields[fieldServer].SetText("pop.example.org")
		s.form.interval.SetSelectedIndex(6)
		s.form.fields[fieldInterval].SetText("0")
		return h
	},
	"settings-normal": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		return h
	},
	"settings-more": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.list.Select(1)
		return h
	},
	"settings-failed": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		f.report = api.TestReport{Steps: []api.TestStep{
			{Name: "connect", OK: true, Text: "mx.club.example.net, port 995"},
			{Name: "tls", OK: true, Text: "TLS 1.3, certificate valid for mx.club.example.net"},
			{Name: "login", Text: ""},
		}, Error: pictureSnapshot().Accounts[2].Error}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.list.Select(2)
		s.test.OnTapped()
		h.until("the report", func() bool { return !s.busy })
		return h
	},
	"settings-testing": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts[:1], pictureSnapshot()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.block["test"] = true
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.test.OnTapped()
		for _, step := range []api.TestStep{
			{Name: "name", OK: true, Text: "Found pop.example.org"},
			{Name: "connect", OK: true, Text: "Connected to pop.example.org, port 995"},
			{Name: "tls", OK: true, Text: "Encrypted, and the certificate is valid"},
		} {
			h.screen.handle(ipc.Event{Step: &step})
		}
		return h
	},
	"settings-untrusted": func(_ *testing.T, f *fake, open opener) *harness { return untrustedScene(f, open) },
	"settings-trust": func(_ *testing.T, f *fake, open opener) *harness {
		h := untrustedScene(f, open)
		h.accounts().probe.cert.trust.OnTapped()
		return h
	},
	"settings-transcript": func(_ *testing.T, f *fake, open opener) *harness {
		f.report.Transcript = pictureHealth().Transcript
		h := untrustedScene(f, open)
		h.accounts().probe.details.OnTapped()
		h.accounts().scroll.ScrollToBottom()
		return h
	},
	"settings-legacy": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts[:1], pictureSnapshot()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.report = api.TestReport{Steps: []api.TestStep{
			{Name: "name", OK: true, Text: "Found pop.example.org"},
			{Name: "connect", OK: true, Text: "Connected to pop.example.org, port 995"},
			{Name: "tls"},
		}, Error: &api.Problem{Kind: api.KindTLS, Code: api.CodeLegacyTLS, Args: map[api.Arg]string{api.ArgServer: "pop.example.org"}}}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.test.OnTapped()
		h.until("the report", func() bool { return !s.busy })
		return h
	},
	"settings-options": func(_ *testing.T, f *fake, open opener) *harness { return moreScene(f, open) },
	"settings-options-middle": func(_ *testing.T, f *fake, open opener) *harness {
		h := moreScene(f, open)
		h.accounts().scroll.ScrollToOffset(fyne.NewPos(0, 330))
		return h
	},
	"settings-options-below": func(_ *testing.T, f *fake, open opener) *harness {
		h := moreScene(f, open)
		h.window.Canvas().Focus(h.accounts().form.fields[fieldProxy])
		return h
	},
	"settings-tested": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts[:1], pictureSnapshot()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.report = api.TestReport{OK: true, Messages: 1204, Steps: []api.TestStep{
			{Name: "connect", OK: true, Text: "pop.example.org, port 995"},
			{Name: "tls", OK: true, Text: "TLS 1.3"},
			{Name: "login", OK: true, Text: "as lena@example.org"},
			{Name: "stat", OK: true, Text: "1,204 messages"},
			{Name: "uidl", OK: true},
			{Name: "top", OK: true},
		}}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.test.OnTapped()
		h.until("the report", func() bool { return !s.busy })
		return h
	},
	"settings-health": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.health = pictureAccounts, pictureSnapshot(), pictureHealth()
		f.snapshot.Accounts[0].NextPoll = pictureTime.Add(7 * time.Minute)
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.toggle.OnTapped()
		h.until("the page", func() bool { return s.health.text != "" })
		return h
	},
	"settings-health-failed": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.health = pictureAccounts, pictureSnapshot(), pictureHealth()
		f.health.Why, f.health.NoUIDL, f.health.SizesLie, f.health.TLS = "user", true, true, nil
		f.health.Transcript = f.health.Transcript[:4]
		f.snapshot.Accounts[2].LastPoll = pictureTime.Add(-26 * time.Hour)
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.list.Select(2)
		s.toggle.OnTapped()
		h.until("the page", func() bool { return s.health.text != "" })
		return h
	},
	"settings-remove": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.remove.OnTapped()
		return h
	},
	"add": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts[:1], pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
		s.showNew()
		s.adder.fields[fieldAddress].SetText("li.na@163.com")
		return h
	},
	"add-ends": func(_ *testing.T, f *fake, open opener) *harness {
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("the accounts", func() bool { return s.loaded })
		s.adder.fields[fieldAddress].SetText("lena@outlook.com")
		s.adder.fields[fieldPassword].SetText("secret")
		return h
	},
	"add-searching": func(_ *testing.T, f *fake, open opener) *harness {
		f.block["discover"] = true
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("the fields", func() bool { return s.loaded })
		typeNew(s, "lena@example.org")
		s.pressAdd()
		return h
	},
	"add-confirm": func(_ *testing.T, f *fake, open opener) *harness {
		f.servers = discover.Result{Domain: "example.org", Candidates: []discover.Candidate{
			{Server: "mail.hosting.example", Port: 995, Security: settings.TLS, User: "lena@example.org", Source: discover.SourceSRV, Origin: "_pop3s._tcp.example.org", Confirm: true},
		}}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		s := h.accounts()
		h.until("the accounts", func() bool { return s.loaded })
		s.adder.fields[fieldAddress].SetText("lena@example.org")
		s.adder.fields[fieldPassword].SetText("secret")
		s.addNow.OnTapped()
		h.until("the question", func() bool { return s.dialogs.open != nil })
		return h
	},
	"preferences": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		h.preferences()
		return h
	},
	"preferences-full": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.found = pictureAccounts, pictureSnapshot(), pictureMails()[:5]
		f.settings.Preferences = settings.Preferences{
			Autostart: true, Theme: settings.ThemeDark, Sound: "/usr/share/sounds/freedesktop/stereo/message-new-instant.oga",
			QuietFrom: "22:00", QuietUntil: "07:00", QuietDays: "mon-fri", IconOnlyUnseen: true, SummaryAbove: 7, Keep: true,
		}
		f.settings.Rules = []settings.Rule{
			{Field: settings.FieldSender, Text: "boss@example.com", Effect: settings.EffectImportant},
			{Field: settings.FieldSubject, Text: "(", Regexp: true, Effect: settings.EffectMute, Account: "club-zzzz"},
		}
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings})
		h.window.Resize(fyne.NewSize(760, 1180))
		p := h.preferences()
		h.until("the rule", func() bool { return strings.Contains(p.rules.editors[0].result.text, "5") })
		p.change(func(c *chosen) { c.Keep = false })
		p.form.show(p.now.Preferences)
		return h
	},
	"health": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.examined = pictureAccounts, pictureSnapshot(), pictureReport()
		h := open(ipc.OpenRequest{Window: ipc.WindowSettings, Page: "health"})
		p := h.screen.(*settingsScreen).pages[2].(*healthPage)
		h.until("the report", func() bool { return len(p.report.Checks) > 0 })
		return h
	},
	"mailbox-normal": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.mails = pictureAccounts, pictureSnapshot(), pictureMails()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.message = api.FullMessage{To: "Lena Brandt <lena@example.org>", Document: saying(pictureText), Files: []message.File{
			{Name: "garden.jpg", Type: "image/jpeg", Octets: -1}, {Name: "菜单.pdf", Type: "application/pdf", Octets: -1},
		}}
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0"})
		s := h.screen.(*mailboxScreen)
		h.until("list and message", func() bool { return s.listed && s.snapshot.Revision > 0 && s.reader.text != "" })
		return h
	},
	"mailbox-code": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.mails[0].From, f.mails[0].Subject, f.mails[0].Octets = "Codeberry", "Please verify your device", 5_400_000
		f.message = api.FullMessage{
			Address: "noreply@codeberry.example", To: "Lena Brandt <lena@example.org>", Code: "482913", Complete: true,
			Document: saying("A sign-in needs another proof.\n\nVerification code: 482913\n\nIf that was not you, change your password."),
			Files: []message.File{
				{Name: "garden.jpg", Type: "image/jpeg", Octets: 2_100_000},
				{Name: "菜单 2026 秋季.pdf", Type: "application/pdf", Octets: 48_000},
				{Name: "a-rather-long-name-of-a-program-that-nobody-would-want-to-run-by-accident.pdf.exe", Type: "application/octet-stream", Octets: 3_000_000},
				{Name: "minutes.txt", Type: "text/plain", Octets: 900},
			},
		}
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0", Code: true})
		s := h.screen.(*mailboxScreen)
		h.until("list and message", func() bool { return s.listed && s.reader.actions.fetched })
		s.reader.attachments.spool.progress(1_300_000, true)
		return h
	},
	"mailbox-keys": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.message = api.FullMessage{Document: saying(pictureText)}
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0"})
		s := h.screen.(*mailboxScreen)
		h.until("the message", func() bool { return s.listed && s.reader.text != "" })
		s.reader.actions.showKeys()
		return h
	},
	"mailbox-document": func(_ *testing.T, f *fake, open opener) *harness {
		h := documentScene(f, open, pictureDocument)
		s := h.screen.(*mailboxScreen)
		s.window.Canvas().Capture()
		s.window.Canvas().Focus(s.reader.body)
		press(s, fyne.KeyTab)
		return h
	},
	"mailbox-document-below": func(_ *testing.T, f *fake, open opener) *harness {
		h := documentScene(f, open, pictureDocument)
		s := h.screen.(*mailboxScreen)
		s.window.Canvas().Capture()
		s.reader.body.scrollBy(10_000)
		s.reader.body.toggle(0)
		s.reader.body.scrollBy(10_000)
		return h
	},
	"mailbox-turned": func(_ *testing.T, f *fake, open opener) *harness {
		return documentScene(f, open, turnedDocument)
	},
	"mailbox-selected": func(_ *testing.T, f *fake, open opener) *harness {
		h := documentScene(f, open, pictureDocument)
		s := h.screen.(*mailboxScreen)
		s.reader.body.selectAll()
		s.reader.body.hover("https://mail.xn--exmple-cua.org/" + strings.Repeat("a-very-long-path-of-a-newsletter/", 30) + "?end=here")
		return h
	},
	"mailbox-misleading": func(_ *testing.T, f *fake, open opener) *harness {
		h := documentScene(f, open, pictureDocument)
		s := h.screen.(*mailboxScreen)
		s.reader.follow("https://login.evil.example.net/account?from=newsletter&id=4711", "www.bank.example.com")
		return h
	},
	"mailbox-delete": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.message = api.FullMessage{Document: saying(pictureText)}
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0"})
		s := h.screen.(*mailboxScreen)
		h.until("the message", func() bool { return s.listed && s.reader.text != "" })
		s.askDelete(s.mails[2:3])
		h.until("the question", func() bool { return s.dialogs.open != nil })
		return h
	},
	"mailbox-deleting": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		f.message = api.FullMessage{Document: saying(pictureText)}
		f.settings.Preferences.DeleteUnasked = true
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid0"})
		s := h.screen.(*mailboxScreen)
		h.until("the message", func() bool { return s.listed && s.reader.text != "" })
		for _, i := range []int{1, 3, 4} {
			s.list.toggle(i)
		}
		s.removePicked()
		h.until("the deletion", func() bool { return len(s.deletions) == 1 && len(s.mails) == 1396 })
		s.list.toggle(1)
		s.list.toggle(2)
		return h
	},
	"mailbox-search": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		for i := range f.mails {
			if i > 300 {
				f.mails[i] = api.Mail{Account: f.mails[i].Account, AccountName: "Home", UID: f.mails[i].UID, Seen: true, Undescribed: true, Octets: 4000}
			}
		}
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox})
		s := h.screen.(*mailboxScreen)
		h.until("the list", func() bool { return s.listed })
		s.find.SetText("thursday")
		h.until("what was found", func() bool { return len(s.mails) == 43 })
		return h
	},
	"mailbox-nothing": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot, f.mails = pictureSnapshot(), pictureMails()
		f.snapshot.Accounts = f.snapshot.Accounts[:1]
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox})
		s := h.screen.(*mailboxScreen)
		h.until("the list", func() bool { return s.listed })
		s.find.SetText("zzz")
		return h
	},
	"mailbox-problem": func(_ *testing.T, f *fake, open opener) *harness {
		f.accounts, f.snapshot, f.mails = pictureAccounts, pictureSnapshot(), pictureMails()
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox})
		s := h.screen.(*mailboxScreen)
		h.until("the list", func() bool { return s.listed && s.snapshot.Revision > 0 })
		return h
	},
	"mailbox-empty": func(_ *testing.T, f *fake, open opener) *harness {
		f.snapshot = api.Snapshot{Revision: 1, Accounts: pictureSnapshot().Accounts[:1]}
		f.snapshot.Accounts[0].Unseen, f.snapshot.Accounts[0].Messages = 0, 0
		h := open(ipc.OpenRequest{Window: ipc.WindowMailbox})
		s := h.screen.(*mailboxScreen)
		h.until("the list", func() bool { return s.listed && s.snapshot.Revision > 0 })
		return h
	},
}
