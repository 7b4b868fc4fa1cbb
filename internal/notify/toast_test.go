package notify

import (
	"encoding/xml"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

func TestToastXML(t *testing.T) {
	for name, test := range map[string]struct {
		a    api.Announcement
		want string
	}{
		"a message": {
			api.Announcement{Key: "a/1", Messages: says("Ann", "Lunch?\nToday")},
			`<toast launch="action=open&amp;key=a%2F1"><visual><binding template="ToastGeneric"><text>Ann</text><text>Lunch?&#xA;Today</text></binding></visual>` +
				`<actions><action content="Open" arguments="action=open&amp;key=a%2F1" activationType="foreground"></action>` +
				`<action content="Mark as seen" arguments="action=seen&amp;key=a%2F1" activationType="background"></action></actions>` +
				`<audio src="ms-winsoundevent:Notification.Mail"></audio></toast>`,
		},
		"silent, kept, without a text": {
			api.Announcement{Key: "a/", Kind: api.OneAccount, AccountName: "A", Count: 3, Sound: settings.SoundNone, Keep: true},
			`<toast launch="action=open&amp;key=a%2F" scenario="reminder"><visual><binding template="ToastGeneric"><text>A: 3 new messages</text></binding></visual>` +
				`<actions><action content="Open" arguments="action=open&amp;key=a%2F" activationType="foreground"></action>` +
				`<action content="Mark as seen" arguments="action=seen&amp;key=a%2F" activationType="background"></action></actions>` +
				`<audio silent="true"></audio></toast>`,
		},
		"a message of a named account": {
			api.Announcement{Key: "a/1", Account: "a", AccountName: "A & \"B\"", Messages: says("Ann", "")},
			`<toast launch="action=open&amp;key=a%2F1"><header id="a" title="A &amp; &#34;B&#34;" arguments="action=open&amp;key=a%2F1"></header>` +
				`<visual><binding template="ToastGeneric"><text>Ann</text><text>(no subject)</text></binding></visual>` +
				`<actions><action content="Open" arguments="action=open&amp;key=a%2F1" activationType="foreground"></action>` +
				`<action content="Mark as seen" arguments="action=seen&amp;key=a%2F1" activationType="background"></action></actions>` +
				`<audio src="ms-winsoundevent:Notification.Mail"></audio></toast>`,
		},
		"an account that does not work": {
			api.Announcement{Key: "problem:a", Kind: api.AccountProblem, AccountName: "A", Problem: &api.Problem{Kind: api.KindSecret, Code: api.CodeNoSecret, Text: "No password."}},
			`<toast launch="action=open&amp;key=problem%3Aa"><visual><binding template="ToastGeneric"><text>A: not working</text><text>No password.</text></binding></visual>` +
				`<actions><action content="Settings…" arguments="action=open&amp;key=problem%3Aa" activationType="foreground"></action></actions>` +
				`<audio src="ms-winsoundevent:Notification.Default"></audio></toast>`,
		},
		"an account that has to sign in": {
			api.Announcement{Key: "problem:a", Kind: api.AccountProblem, AccountName: "A", Problem: &api.Problem{Kind: api.KindSecret, Code: api.CodeSignIn, Text: "Sign in."}},
			`<toast launch="action=open&amp;key=problem%3Aa"><visual><binding template="ToastGeneric"><text>A: not working</text><text>Sign in.</text></binding></visual>` +
				`<actions><action content="Sign in…" arguments="action=open&amp;key=problem%3Aa" activationType="foreground"></action></actions>` +
				`<audio src="ms-winsoundevent:Notification.Default"></audio></toast>`,
		},
	} {
		got, err := toastXML(test.a, locale.New("en"))
		if err != nil || got != test.want {
			t.Errorf("%s: %v\n%s, want\n%s", name, err, got, test.want)
		}
	}
}

// Whatever a stranger writes stays text, and comes back as it was.
func FuzzToastXML(f *testing.F) {
	f.Add("Ann", "Lunch", "a/1")
	f.Add(`</text><image src="\\evil\x"/>`, `]]><!-- &amp; "'`, `a/1" launch="calc`)
	f.Add("\x00\x1b[1m\ufffe", "\u202e会议😀", "a/"+strings.Repeat("\xff%&", 80))
	f.Fuzz(func(t *testing.T, title, body, key string) {
		a := api.Announcement{Key: key, Messages: says(title, body)}
		text, err := toastXML(a, locale.New("en"))
		if err != nil {
			t.Fatal(err)
		}
		var read toast
		if err := xml.Unmarshal([]byte(text), &read); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		again, err := xml.Marshal(read)
		if err != nil || string(again) != text || strings.ContainsRune(text, 0) {
			t.Errorf("%s became %s, %v", text, again, err)
		}
		wantTitle, wantBody := bounded(a, locale.New("en"))
		for i, want := range []string{wantTitle, wantBody} {
			want = strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(want) // no characters of XML
			if strings.TrimSpace(want) != "" && !strings.Contains(strings.Join(read.Binding.Text, "\x00"), want) {
				t.Errorf("text %d: %q, want %q", i, read.Binding.Text, want)
			}
		}
		if n := strings.Count(text, "<"); n != 14+2*len(read.Binding.Text) {
			t.Errorf("%d tags: %s", n, text)
		}
		if len(key) > 0 && len(read.Launch) <= maxArguments {
			for arguments, want := range map[string]Event{read.Launch: {key, ActionOpen}, read.Actions[1].Arguments: {key, ActionSeen}} {
				if got, ok := readToastArguments(arguments); !ok || got != want {
					t.Errorf("%q is read as %+v, %v", arguments, got, ok)
				}
			}
		}
	})
}

func TestReadToastArguments(t *testing.T) {
	long := "a/" + strings.Repeat("\xff", 255)
	for arguments, want := range map[string]Event{
		toastArguments(ActionOpen, "/"):    {"/", ActionOpen},
		toastArguments(ActionSeen, long):   {long, ActionSeen},
		toastArguments(ActionCopy, "a/1"):  {"a/1", ActionCopy},
		"":                                 {},
		"a/1":                              {},
		"action=open":                      {},
		"action=open&key=":                 {},
		"action=run&key=a%2F1":             {},
		"action=closed&key=a%2F1":          {},
		"action=open&key=a%2F1&key=b%2F1":  {},
		"action=open&action=seen&key=a%2F": {},
		"action=open&key=%zz":              {},
		"action=open&key=" + strings.Repeat("a", maxArguments): {},
	} {
		got, ok := readToastArguments(arguments)
		if !reflect.DeepEqual(got, want) && ok || ok != (want != Event{}) {
			t.Errorf("%q: %+v, %v", arguments, got, ok)
		}
	}
}

func TestToastTag(t *testing.T) {
	tags := map[string]bool{}
	for _, key := range []string{"a/1", "a/2", "b/1", "a/", "/", strings.Repeat("x", 1000)} {
		tag := toastTag(key)
		if tag != toastTag(key) || len(utf16.Encode([]rune(tag))) != 16 {
			t.Errorf("%q is named %q", key, tag)
		}
		tags[tag] = true
	}
	if len(tags) != 6 {
		t.Errorf("some are named alike: %v", tags)
	}
}
