package notify

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/dbustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// shown is one call of Notify.
type shown struct {
	App      string
	Replaces uint32
	Icon     string
	Title    string
	Body     string
	Actions  []string
	Hints    map[string]dbus.Variant
	Timeout  int32
}

// server is a notification daemon that shows nothing.
type server struct {
	conn         *dbus.Conn
	capabilities []string

	mu     sync.Mutex
	asked  int // calls of GetCapabilities
	last   uint32
	shown  []shown
	closed []uint32
	// name is what it calls itself.
	name string
	// renumber gives a replacement a new id, as some daemons do.
	renumber bool
	// failClose makes CloseNotification fail.
	failClose bool
	// stall holds the answers of Notify back until it is closed; nil does not.
	stall chan struct{}
	// refuse makes Notify fail, after the stall.
	refuse bool
}

func (s *server) GetCapabilities() ([]string, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.capabilities, nil
}

func (s *server) GetServerInformation() (name, vendor, version, specification string, failure *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name, "", "1", "1.2", nil
}

func (s *server) Notify(name string, replaces uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, timeout int32) (uint32, *dbus.Error) {
	s.mu.Lock()
	stall := s.stall
	s.mu.Unlock()
	if stall != nil {
		<-stall
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse {
		s.refuse = false
		return 0, dbus.MakeFailedError(errors.New("too many notifications"))
	}
	s.shown = append(s.shown, shown{name, replaces, icon, title, body, actions, hints, timeout})
	if replaces != 0 && !s.renumber {
		return replaces, nil
	}
	s.last++
	return s.last, nil
}

func (s *server) CloseNotification(id uint32) *dbus.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, id)
	if s.failClose {
		return dbus.MakeFailedError(errors.New("no such notification"))
	}
	_ = s.conn.Emit(busPath, busName+".NotificationClosed", id, uint32(3))
	return nil
}

func (s *server) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *server) emit(t *testing.T, member string, args ...any) {
	t.Helper()
	if err := s.conn.Emit(busPath, busName+"."+member, args...); err != nil {
		t.Fatal(err)
	}
}

func (s *server) calls() (all []shown, asked int, closed []uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shown), s.asked, slices.Clone(s.closed)
}

// serve starts a daemon whose first id is firstID.
func serve(t *testing.T, address string, firstID uint32, capabilities ...string) *server {
	t.Helper()
	s := &server{conn: dbustest.Connect(t, address), capabilities: capabilities, last: firstID - 1}
	if err := s.conn.Export(s, busPath, busName); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, s.conn, busName)
	return s
}

func notifier(t *testing.T, address string) Notifier {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	n, err := New(t.Context(), Options{Locale: locale.New("en")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func announce(t *testing.T, n Notifier, key, title, body string) {
	t.Helper()
	if err := n.Announce(t.Context(), api.Announcement{Key: key, Messages: says(title, body)}); err != nil {
		t.Fatal(err)
	}
}

func wantEvent(t *testing.T, n Notifier, want Event) {
	t.Helper()
	select {
	case got := <-n.Events():
		if got != want {
			t.Fatalf("event %v, want %v", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("no event, want %v", want)
	}
}

func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestNotifyArguments(t *testing.T) {
	buttons := []string{"default", "Open", "open", "Open", "seen", locale.New("en").T("desktop.mark_seen")}
	for name, c := range map[string]struct {
		capabilities []string
		body         string
		actions      []string
	}{
		"everything": {[]string{"body", "body-markup", "actions"}, "1 &lt; 2 &amp;&amp; &lt;b&gt;x&lt;/b&gt; &amp;amp;", buttons},
		"no markup":  {[]string{"body", "actions"}, "1 < 2 && <b>x</b> &amp;", buttons},
		"no actions": {[]string{"body"}, "1 < 2 && <b>x</b> &amp;", []string{}},
		"nothing":    {[]string{}, "1 < 2 && <b>x</b> &amp;", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			address := dbustest.Start(t)
			s := serve(t, address, 1, c.capabilities...)
			n := notifier(t, address)
			announce(t, n, "k", "A <i>& B", "1 < 2 && <b>x</b> &amp;")
			all, _, _ := s.calls()
			want := []shown{{
				App: "traymail", Icon: "mail-unread", Title: "A <i>& B", Body: c.body, Actions: c.actions, Timeout: -1,
				Hints: map[string]dbus.Variant{
					"category":      dbus.MakeVariant("email.arrived"),
					"desktop-entry": dbus.MakeVariant("io.github.traymail.traymail"),
					"urgency":       dbus.MakeVariant(byte(1)),
					"sound-name":    dbus.MakeVariant("message-new-email"),
				},
			}}
			if !reflect.DeepEqual(all, want) {
				t.Errorf("got  %#v\nwant %#v", all, want)
			}
			announce(t, n, "l", "again", "")
			if _, asked, _ := s.calls(); asked != 1 {
				t.Errorf("the capabilities were asked for %d times", asked)
			}
		})
	}
}

// A daemon that draws "default" as a button is given no second one for it.
func TestDefaultActionAsButton(t *testing.T) {
	for name, want := range map[string][]string{
		"dunst":              {"default", "Open", "open", "Open", "seen", "Mark as seen"},
		"Xfce Notify Daemon": {"default", "Open", "seen", "Mark as seen"},
		"lxqt-notificationd": {"default", "Open", "seen", "Mark as seen"},
	} {
		address := dbustest.Start(t)
		s := serve(t, address, 1, "body", "actions")
		s.set(func() { s.name = name })
		n := notifier(t, address)
		announce(t, n, "k", "Ann", "Lunch?")
		if all, _, _ := s.calls(); len(all) != 1 || !slices.Equal(all[0].Actions, want) {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// A code can be copied first, and the rest is as ever.
func TestCodeHasAButton(t *testing.T) {
	for name, want := range map[string][]string{
		"dunst":              {"default", "Open", "copy-code", "Copy code", "open", "Open", "seen", "Mark as seen"},
		"Xfce Notify Daemon": {"default", "Open", "copy-code", "Copy code", "seen", "Mark as seen"},
	} {
		address := dbustest.Start(t)
		s := serve(t, address, 1, "body", "actions")
		s.set(func() { s.name = name })
		n := notifier(t, address)
		a := api.Announcement{Key: "k", Messages: []api.AnnouncedMessage{{From: "Shop", Subject: "Code"}}, HasCode: true, Code: "482913"}
		if err := n.Announce(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if all, _, _ := s.calls(); len(all) != 1 || !slices.Equal(all[0].Actions, want) || all[0].Title != "482913 – Shop" {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// Nobody answers a click any more, so nothing is left to be clicked.
func TestCloseWithdraws(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 7, "body", "actions")
	n := notifier(t, address)
	announce(t, n, "k", "Ann", "Lunch?")
	announce(t, n, "l", "Bob", "Dinner?")
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	poll(t, "both are closed", func() bool {
		_, _, closed := s.calls()
		slices.Sort(closed)
		return slices.Equal(closed, []uint32{7, 8})
	})
}

// What is wrong with an account leads to its settings, and is no mail.
func TestProblemArguments(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "body", "actions")
	n := notifier(t, address)
	a := api.Announcement{
		Key: "problem:a", Kind: api.AccountProblem, AccountName: "A", Problem: &api.Problem{Kind: api.KindSecret, Code: api.CodeNoSecret, Text: "No password."},
	}
	if err := n.Announce(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	all, _, _ := s.calls()
	want := []shown{{
		App: "traymail", Icon: "dialog-warning", Title: "A: not working", Body: "No password.", Timeout: -1,
		Actions: []string{"default", "Settings…", "open", "Settings…"},
		Hints: map[string]dbus.Variant{
			"category":      dbus.MakeVariant("email"),
			"desktop-entry": dbus.MakeVariant("io.github.traymail.traymail"),
			"urgency":       dbus.MakeVariant(byte(1)),
			"sound-name":    dbus.MakeVariant("dialog-warning"),
		},
	}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got  %#v\nwant %#v", all, want)
	}
}

// What the user chose reaches the daemon as the specification has it.
func TestHints(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "body")
	n := notifier(t, address)
	for _, test := range []struct {
		a       api.Announcement
		timeout int32
		want    map[string]any
	}{
		{api.Announcement{}, -1, map[string]any{"urgency": byte(1), "sound-name": "message-new-email"}},
		{api.Announcement{Urgency: api.UrgencyCritical, Keep: true}, 0, map[string]any{"urgency": byte(2), "sound-name": "message-new-email"}},
		{api.Announcement{Sound: "none"}, -1, map[string]any{"urgency": byte(1), "suppress-sound": true}},
		{api.Announcement{Sound: "/home/我/bell.oga"}, -1, map[string]any{"urgency": byte(1), "sound-file": "/home/我/bell.oga"}},
	} {
		if err := n.Announce(t.Context(), test.a); err != nil {
			t.Fatal(err)
		}
		all, _, _ := s.calls()
		last := all[len(all)-1]
		got := map[string]any{}
		for name, v := range last.Hints {
			if name != "category" && name != "desktop-entry" {
				got[name] = v.Value()
			}
		}
		if last.Timeout != test.timeout || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: timeout %d, hints %v", test.a, last.Timeout, got)
		}
	}
}

func TestHostileText(t *testing.T) {
	for name, c := range map[string]struct{ title, body, wantTitle, wantBody string }{
		"markup": {
			`<img src="file:///etc/passwd">`, `<a href="x">y</a>&#60;`,
			`<img src="file:///etc/passwd">`, `&lt;a href="x"&gt;y&lt;/a&gt;&amp;#60;`,
		},
		"control":      {"a\x00b\x07\r\nc", "a\x00b\r\nc\x1b[31md", "ab c", "ab\ncd"},
		"bidi":         {"\u202egpj.exe\u2066", "x\u200f\u202by", "gpj.exe", "xy"},
		"invalid":      {"a\xffb", "\xc3(", "a\ufffdb", "\ufffd("},
		"long":         {strings.Repeat("ж", 10000), strings.Repeat("ж", 10000), strings.Repeat("ж", maxTitle-1) + "…", strings.Repeat("ж", maxBody-1) + "…"},
		"long markup":  {"t", strings.Repeat("<", 10000), "t", strings.Repeat("&lt;", maxBody-1) + "…"},
		"shell, verbs": {"$(reboot) %s %n", "`reboot` {{.}} %d", "$(reboot) %s %n", "`reboot` {{.}} %d"},
		"empty":        {"", "", "(no sender)", "(no subject)"},
	} {
		t.Run(name, func(t *testing.T) {
			address := dbustest.Start(t)
			s := serve(t, address, 1, "body-markup", "actions")
			announce(t, notifier(t, address), "k", c.title, c.body)
			all, _, _ := s.calls()
			if len(all) != 1 || all[0].Title != c.wantTitle || all[0].Body != c.wantBody {
				t.Errorf("got %+v", all)
			}
			for _, call := range all {
				if !utf8.ValidString(call.Title + call.Body) {
					t.Error("invalid UTF-8")
				}
			}
		})
	}
}

func TestEvents(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 7, "actions")
	n := notifier(t, address)
	announce(t, n, "one", "1", "")
	announce(t, n, "two", "2", "")
	const one, two = uint32(7), uint32(8)

	// None of these is an event; a wrong one would come before the next right one.
	s.emit(t, "ActionInvoked", uint32(99), "default")
	s.emit(t, "NotificationClosed", uint32(99), uint32(2))
	s.emit(t, "ActionInvoked")
	s.emit(t, "ActionInvoked", one)
	s.emit(t, "NotificationClosed", one)
	s.emit(t, "ActionInvoked", "seven", "default")
	s.emit(t, "ActionInvoked", int32(7), "default")
	s.emit(t, "ActionInvoked", one, uint32(1))
	s.emit(t, "ActionInvoked", one, "format-disk")
	s.emit(t, "ActionInvoked", one, "closed")
	s.emit(t, "ActivationToken", one, "token")

	s.emit(t, "ActionInvoked", one, "default")
	wantEvent(t, n, Event{"one", ActionOpen})
	s.emit(t, "ActionInvoked", two, "open")
	wantEvent(t, n, Event{"two", ActionOpen})
	s.emit(t, "ActionInvoked", two, "seen")
	wantEvent(t, n, Event{"two", ActionSeen})
	s.emit(t, "ActionInvoked", two, "copy-code")
	wantEvent(t, n, Event{"two", ActionCopy})

	// What is closed is closed.
	s.emit(t, "NotificationClosed", one, uint32(2))
	s.emit(t, "ActionInvoked", one, "default")
	s.emit(t, "ActionInvoked", two, "default")
	wantEvent(t, n, Event{"two", ActionOpen})

	announce(t, n, "one", "1", "")
	if all, _, _ := s.calls(); all[2].Replaces != 0 {
		t.Errorf("a closed notification is replaced: %d", all[2].Replaces)
	}
}

func TestSameKeyReplaces(t *testing.T) {
	for name, renumber := range map[string]bool{"in place": false, "with a new id": true} {
		t.Run(name, func(t *testing.T) {
			address := dbustest.Start(t)
			s := serve(t, address, 5, "actions")
			s.mu.Lock()
			s.renumber = renumber
			s.mu.Unlock()
			n := notifier(t, address)
			announce(t, n, "k", "1", "")
			announce(t, n, "other", "2", "")
			announce(t, n, "k", "3", "")
			all, _, _ := s.calls()
			if all[0].Replaces != 0 || all[1].Replaces != 0 || all[2].Replaces != 5 {
				t.Fatalf("replaces %d, %d, %d", all[0].Replaces, all[1].Replaces, all[2].Replaces)
			}
			id := uint32(5)
			if renumber {
				id = 7
				// The end of what was replaced is not the end of what replaced it.
				s.emit(t, "NotificationClosed", uint32(5), uint32(3))
			}
			s.emit(t, "ActionInvoked", id, "default")
			wantEvent(t, n, Event{"k", ActionOpen})
		})
	}
}

// A daemon that stalls shows what it was sent when it goes on: the same is not
// sent again meanwhile, nor afterwards.
func TestDaemonThatStalls(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "body")
	n := notifier(t, address)
	announce(t, n, "first", "Ann", "1")
	stall := make(chan struct{})
	s.set(func() { s.stall = stall })
	hasty := func(key, text string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		return n.Announce(ctx, api.Announcement{Key: key, Messages: says("Ann", text)})
	}
	for range 4 {
		for _, key := range []string{"a", "b"} {
			if err := hasty(key, "2"); !errors.Is(err, ErrUnavailable) {
				t.Fatalf("it does not answer: %v", err)
			}
		}
	}
	if err := n.Withdraw(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.stall = nil })
	close(stall)
	poll(t, "what was withdrawn is closed", func() bool {
		_, _, closed := s.calls()
		return len(closed) == 1
	})
	announce(t, n, "a", "Ann", "2")
	all, _, closed := s.calls()
	if len(all) != 3 {
		t.Errorf("%d notifications, want 3: %+v", len(all), all)
	}
	id := uint32(5) - closed[0] // ids 2 and 3 were for a and b, in some order
	s.emit(t, "ActionInvoked", id, "default")
	wantEvent(t, n, Event{"a", ActionOpen})
	// Something else under the same key replaces it.
	announce(t, n, "a", "Ann", "3")
	if all, _, _ = s.calls(); len(all) != 4 || all[3].Replaces != id {
		t.Errorf("%+v", all[3:])
	}
}

// What a stalled daemon refuses in the end is sent again, as is what it took
// with it when it ended.
func TestStalledDaemonThatRefuses(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "body")
	n := notifier(t, address)
	stall := make(chan struct{})
	s.set(func() { s.stall, s.refuse = stall, true })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := n.Announce(ctx, api.Announcement{Key: "a", Messages: says("Ann", "1")}); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("it does not answer: %v", err)
	}
	s.set(func() { s.stall = nil })
	close(stall)
	announce(t, n, "a", "Ann", "1")
	if all, _, _ := s.calls(); len(all) != 1 {
		t.Errorf("%d notifications, want 1", len(all))
	}
}

func TestWithdraw(t *testing.T) {
	for name, failClose := range map[string]bool{"shown": false, "closed meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			address := dbustest.Start(t)
			s := serve(t, address, 3)
			s.mu.Lock()
			s.failClose = failClose
			s.mu.Unlock()
			n := notifier(t, address)
			if err := n.Withdraw(t.Context(), "k"); err != nil {
				t.Errorf("before anything is shown: %v", err)
			}
			announce(t, n, "k", "1", "")
			announce(t, n, "other", "2", "")
			for range 2 {
				if err := n.Withdraw(t.Context(), "k"); err != nil {
					t.Error(err)
				}
			}
			if _, _, closed := s.calls(); !slices.Equal(closed, []uint32{3}) {
				t.Errorf("closed %v", closed)
			}
			// Our own withdrawal is no event.
			s.emit(t, "ActionInvoked", uint32(4), "default")
			wantEvent(t, n, Event{"other", ActionOpen})
			announce(t, n, "k", "3", "")
			if all, _, _ := s.calls(); all[2].Replaces != 0 {
				t.Errorf("what was withdrawn is replaced: %d", all[2].Replaces)
			}
		})
	}
}

func TestDaemonRestart(t *testing.T) {
	for name, informed := range map[string]bool{"the news has come": true, "the news may be late": false} {
		t.Run(name, func(t *testing.T) {
			address := dbustest.Start(t)
			first := serve(t, address, 1, "actions")
			n := notifier(t, address)
			announce(t, n, "k", "1", "<")
			announce(t, n, "l", "1", "<")
			if err := first.conn.Close(); err != nil {
				t.Fatal(err)
			}
			// The old one's name is free when the bus has noticed.
			probe := dbustest.Connect(t, address)
			poll(t, "the name is free", func() bool {
				var owned bool
				err := probe.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, busName).Store(&owned)
				return err == nil && !owned
			})
			if informed {
				d := n.(*daemon)
				poll(t, "the ids are forgotten", func() bool {
					d.mu.Lock()
					defer d.mu.Unlock()
					return d.owner == "" && len(d.ids) == 0 && len(d.keys) == 0
				})
			}
			second := serve(t, address, 1, "body-markup")
			announce(t, n, "k", "2", "<")
			all, asked, _ := second.calls()
			if asked != 1 || len(all) != 1 || all[0].Replaces != 0 || all[0].Body != "&lt;" || len(all[0].Actions) != 0 {
				t.Fatalf("the second daemon was asked %d times and got %+v", asked, all)
			}
			// The second one's ids mean what they mean there.
			if err := n.Withdraw(t.Context(), "l"); err != nil {
				t.Error(err)
			}
			if _, _, closed := second.calls(); len(closed) != 0 {
				t.Errorf("closed %v", closed)
			}
			second.emit(t, "ActionInvoked", uint32(1), "default")
			wantEvent(t, n, Event{"k", ActionOpen})
		})
	}
}

// A daemon that Announce itself has started: the news of it comes when the
// notification is already there, and must not take its id away.
func TestLateNewsOfTheSameDaemon(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "actions")
	n := notifier(t, address)
	announce(t, n, "k", "1", "")
	d := n.(*daemon)
	unique := s.conn.Names()[0]
	d.handle(&dbus.Signal{Name: "org.freedesktop.DBus.NameOwnerChanged", Body: []any{busName, "", unique}})
	d.handle(&dbus.Signal{Name: "org.freedesktop.DBus.NameOwnerChanged", Body: []any{busName}})
	s.emit(t, "ActionInvoked", uint32(1), "seen")
	wantEvent(t, n, Event{"k", ActionSeen})
	d.handle(&dbus.Signal{Name: "org.freedesktop.DBus.NameOwnerChanged", Body: []any{busName, unique, ":1.999"}})
	announce(t, n, "k", "2", "")
	if all, asked, _ := s.calls(); all[1].Replaces != 0 || asked != 2 {
		t.Errorf("another daemon has taken over, but replaces %d, asked %d times", all[1].Replaces, asked)
	}
}

func TestNoDaemon(t *testing.T) {
	address := dbustest.Start(t)
	n := notifier(t, address)
	for range 2 {
		if err := n.Announce(t.Context(), api.Announcement{Key: "k"}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	}
	if err := n.Withdraw(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	s := serve(t, address, 1, "actions")
	announce(t, n, "k", "1", "")
	s.emit(t, "ActionInvoked", uint32(1), "open")
	wantEvent(t, n, Event{"k", ActionOpen})
}

func TestNoBus(t *testing.T) {
	n := notifier(t, "unix:path="+filepath.Join(t.TempDir(), "none"))
	if err := n.Announce(t.Context(), api.Announcement{Key: "k"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

// The bus ends and another comes: the connection is made anew, and ids of the
// old bus are not closed on the new one.
func TestBusRestart(t *testing.T) {
	address, kill := dbustest.StartMortal(t)
	serve(t, address, 1)
	n := notifier(t, address)
	announce(t, n, "k", "1", "")
	announce(t, n, "l", "1", "")
	d := n.(*daemon)
	kill()
	poll(t, "the connection ends", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return !d.conn.Connected()
	})
	address = dbustest.Start(t)
	if err := os.Setenv("DBUS_SESSION_BUS_ADDRESS", address); err != nil { // notifier restores it
		t.Fatal(err)
	}
	s := serve(t, address, 1)
	if err := n.Withdraw(t.Context(), "l"); err != nil {
		t.Error(err)
	}
	announce(t, n, "k", "2", "")
	if all, _, closed := s.calls(); len(closed) != 0 || len(all) != 1 || all[0].Replaces != 0 {
		t.Errorf("shown %+v, closed %v", all, closed)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !maps.Equal(d.ids, map[string]uint32{"k": 1}) {
		t.Errorf("ids %v", d.ids)
	}
}

// Close ends at once even when nobody reads the events, and may be repeated.
// That no goroutine is left is TestMain's to see.
func TestClose(t *testing.T) {
	address := dbustest.Start(t)
	s := serve(t, address, 1, "actions")
	n := notifier(t, address)
	announce(t, n, "k", "1", "")
	for range cap(n.Events()) + 3 {
		s.emit(t, "ActionInvoked", uint32(1), "open")
	}
	poll(t, "the events are full", func() bool { return len(n.Events()) == cap(n.Events()) })
	closes(t, n)
	if err := n.Withdraw(t.Context(), "k"); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

// closes closes a notifier twice, which must not hang, and shows nothing after
// that.
func closes(t *testing.T, n Notifier) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(n.Close(), n.Close()) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Close does not return")
	}
	if err := n.Announce(t.Context(), api.Announcement{Key: "k"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}
