package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/xml"
	"net/url"
	"strings"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// toast is a notification as Windows wants it described:
// https://learn.microsoft.com/windows/apps/develop/notifications/app-notifications/toast-schema
type toast struct {
	XMLName  xml.Name `xml:"toast"`
	Launch   string   `xml:"launch,attr"`
	Scenario string   `xml:"scenario,attr,omitempty"`
	// Header is what those of an account stand below in the notification
	// centre; before version 1703 Windows ignores it.
	Header  *toastHeader `xml:"header"`
	Binding struct {
		Template string   `xml:"template,attr"`
		Text     []string `xml:"text"`
	} `xml:"visual>binding"`
	Actions []toastAction `xml:"actions>action"`
	Audio   toastAudio    `xml:"audio"`
}

// toastHeader leads where the newest below it does.
type toastHeader struct {
	ID        string `xml:"id,attr"`
	Title     string `xml:"title,attr"`
	Arguments string `xml:"arguments,attr"`
}

// toastAction is a button.
type toastAction struct {
	Content   string `xml:"content,attr"`
	Arguments string `xml:"arguments,attr"`
	// Activation is "foreground" or "background": whether a window follows.
	Activation string `xml:"activationType,attr"`
}

type toastAudio struct {
	Source string `xml:"src,attr,omitempty"`
	Silent bool   `xml:"silent,attr,omitempty"`
}

// toastXML describes an announcement.
func toastXML(a api.Announcement, loc *locale.Catalogue) (string, error) {
	title, body := bounded(a, loc)
	t := toast{
		Launch: toastArguments(ActionOpen, a.Key),
		// Of other sounds Windows plays none that is a file.
		Audio: toastAudio{Source: "ms-winsoundevent:Notification.Mail"},
	}
	if name, _ := clean(a.AccountName, ""); a.Account != "" && name != "" {
		t.Header = &toastHeader{a.Account, name, t.Launch}
	}
	for _, b := range buttons(a, loc) {
		activation := "foreground"
		if b.action != ActionOpen {
			activation = "background"
		}
		t.Actions = append(t.Actions, toastAction{b.label, toastArguments(b.action, a.Key), activation})
	}
	if a.Kind == api.AccountProblem {
		t.Audio.Source = "ms-winsoundevent:Notification.Default"
	}
	if a.Sound == settings.SoundNone {
		t.Audio = toastAudio{Silent: true}
	}
	if a.Keep {
		t.Scenario = "reminder" // stays on the screen until it is answered
	}
	t.Binding.Template = "ToastGeneric"
	for _, text := range []string{title, body} {
		if strings.TrimSpace(text) != "" {
			t.Binding.Text = append(t.Binding.Text, text)
		}
	}
	text, err := xml.Marshal(t)
	return string(text), err
}

// toastTag is the name of the toast of an announcement. Before version 1703
// Windows takes 16 characters.
func toastTag(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// maxArguments bounds what comes back from a toast: UTF-16 units, of which a
// key has at most some 900, each octet of its UID as three.
const maxArguments = 2048

// toastArguments is what a part of a toast gives back when it is clicked.
func toastArguments(action, key string) string {
	return url.Values{"action": {action}, "key": {key}}.Encode()
}

// readToastArguments reads them again. They may come from a toast of an
// earlier version, or from any program of this user.
func readToastArguments(arguments string) (Event, bool) {
	values, err := url.ParseQuery(arguments)
	if err != nil || len(arguments) > maxArguments || len(values["key"]) != 1 || len(values["action"]) != 1 {
		return Event{}, false
	}
	e := Event{Key: values.Get("key"), Action: values.Get("action")}
	return e, e.Key != "" && known(e.Action)
}
