package notify

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/platform/cocoa"
)

// Categories of our notifications: each has its buttons.
const (
	categoryMail    = "mail"
	categoryCode    = "code"
	categoryProblem = "problem"
	categorySignIn  = "sign-in"
)

// callTimeout bounds the wait for the system's answer to a notification.
const callTimeout = 5 * time.Second

// center is the Notifier of macOS, over UNUserNotificationCenter, whose
// methods may be called on any thread. The delegate is told of clicks, on the
// main thread or another of the system's.
type center struct {
	o        Options
	events   chan Event
	id       objc.ID // the UNUserNotificationCenter
	delegate objc.ID // which the center does not retain
}

// current is who the delegate's methods, of which there is one set for the
// whole process, report to. A click that comes when there is none is lost.
var current atomic.Pointer[center]

// PlaysFiles says whether a notification can have a sound of the user's own.
// It can if the file lies in ~/Library/Sounds.
func PlaysFiles() bool { return true }

// New returns a Notifier and asks the user, if this is the first time, whether
// it may notify; it does not wait for the answer. Outside of an application's
// bundle it returns ErrNoBundle: there the system would raise an exception,
// which ends the process.
func New(_ context.Context, o Options) (n Notifier, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	cocoa.Pooled(func() {
		var id objc.ID
		var class objc.Class
		if id, err = cocoa.NotificationCenter(); err == nil {
			class, err = delegateClass()
		}
		if err != nil {
			err = fmt.Errorf("preparing notifications: %w", err)
			return
		}
		c := &center{o: o, events: make(chan Event, 64), id: id}
		c.delegate = cocoa.Call(objc.ID(class), "new")
		current.Store(c)
		cocoa.Call(c.id, "setDelegate:", c.delegate)
		c.setCategories()
		c.authorize()
		n = c
	})
	return n, err
}

// delegateClass registers the class of the delegate, which can be done once in
// a process. Every method has to call its completion handler.
var delegateClass = sync.OnceValues(func() (objc.Class, error) {
	var protocols []*objc.Protocol
	// The runtime has the protocol only if a loaded image refers to it; that
	// the methods are there is all the center asks.
	if p := objc.GetProtocol("UNUserNotificationCenterDelegate"); p != nil {
		protocols = append(protocols, p)
	}
	return objc.RegisterClass("TraymailNotificationDelegate", objc.GetClass("NSObject"), protocols, nil, []objc.MethodDef{
		{
			Cmd: objc.RegisterName("userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:"),
			Fn: func(_ objc.ID, _ objc.SEL, _, response objc.ID, done objc.Block) {
				request := cocoa.Call(cocoa.Call(response, "notification"), "request")
				clicked(cocoa.GoString(cocoa.Call(request, "identifier")), cocoa.GoString(cocoa.Call(response, "actionIdentifier")))
				cocoa.Invoke(done)
			},
		},
		{
			// Without it, nothing is shown while one of our windows is in front.
			Cmd: objc.RegisterName("userNotificationCenter:willPresentNotification:withCompletionHandler:"),
			Fn: func(_ objc.ID, _ objc.SEL, _, _ objc.ID, done objc.Block) {
				cocoa.Invoke(done, presentSound|presentList|presentBanner)
			},
		},
	})
})

// clicked never waits: it may be called on the main thread.
func clicked(identifier, action string) {
	c := current.Load()
	event, ok := respond(identifier, action)
	if c == nil || !ok {
		return
	}
	select {
	case c.events <- event:
	default:
		c.o.Log.Warn("dropped a click on a notification: too many are waiting")
	}
}

func categoryOf(a api.Announcement) string {
	switch {
	case a.Kind == api.AccountProblem && a.Problem.SignIn():
		return categorySignIn
	case a.Kind == api.AccountProblem, a.Kind == api.SoundSample:
		return categoryProblem
	case a.HasCode:
		return categoryCode
	}
	return categoryMail
}

// setCategories declares the buttons. Those of a notification that is shown
// already take the new language with it.
func (c *center) setCategories() {
	category := func(name string, a api.Announcement) objc.ID {
		var actions []objc.ID
		for _, b := range buttons(a, c.o.Locale) {
			actions = append(actions, cocoa.Call(cocoa.Class("UNNotificationAction"), "actionWithIdentifier:title:options:",
				cocoa.String(b.action), cocoa.String(b.label), optionsOf(b.action)))
		}
		return cocoa.Call(cocoa.Class("UNNotificationCategory"), "categoryWithIdentifier:actions:intentIdentifiers:options:",
			cocoa.String(name), cocoa.Array(actions...), cocoa.Array(), uint(0))
	}
	all := cocoa.Array(
		category(categoryMail, api.Announcement{}),
		category(categoryCode, api.Announcement{HasCode: true}),
		category(categoryProblem, api.Announcement{Kind: api.AccountProblem}),
		category(categorySignIn, api.Announcement{Kind: api.AccountProblem, Problem: &api.Problem{Code: api.CodeSignIn}}),
	)
	cocoa.Call(c.id, "setNotificationCategories:", cocoa.Call(cocoa.Class("NSSet"), "setWithArray:", all))
}

// authorize asks the user. The system shows the question once for ever, and
// later gives the answer that it got. Some copies of the program it refuses
// without asking, with the same error as if the user had: Announce finds out.
func (c *center) authorize() {
	done := objc.NewBlock(func(_ objc.Block, ok bool, failure objc.ID) {
		if !ok {
			c.o.Log.Warn("the user or the system does not allow notifications", "error", describe(failure))
		}
	})
	defer done.Release() // the center has its own reference
	cocoa.Call(c.id, "requestAuthorizationWithOptions:completionHandler:", uint(authorizationSound|authorizationAlert), done)
}

// describe is the text of an NSError.
func describe(failure objc.ID) string {
	if failure == 0 {
		return ""
	}
	return cocoa.GoString(cocoa.Call(failure, "localizedDescription"))
}

// Events implements Notifier.
func (c *center) Events() <-chan Event { return c.events }

// Close implements Notifier. What is shown stays.
func (c *center) Close() error {
	current.CompareAndSwap(c, nil)
	cocoa.Call(c.id, "setDelegate:", objc.ID(0))
	cocoa.Call(c.delegate, "release")
	return nil
}

// refusal is what of an NSError is kept: it does not outlive the block.
type refusal struct {
	domain string
	code   int
	text   string
}

// Announce implements api.Announcer. The key is the notification's identifier,
// so that the same one again replaces the first, and a click says which it was
// even after this process has ended. How long it stays is the user's choice in
// the system's settings (banners or alerts), so a.Keep changes nothing.
func (c *center) Announce(ctx context.Context, a api.Announcement) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	title, body := bounded(a, c.o.Locale)
	result := make(chan *refusal, 1)
	done := objc.NewBlock(func(_ objc.Block, failure objc.ID) {
		if failure == 0 {
			result <- nil
			return
		}
		result <- &refusal{
			cocoa.GoString(cocoa.Call(failure, "domain")), objc.Send[int](failure, objc.RegisterName("code")), describe(failure),
		}
	})
	defer done.Release()
	cocoa.Pooled(func() {
		content := cocoa.Call(cocoa.Call(cocoa.Class("UNMutableNotificationContent"), "new"), "autorelease")
		cocoa.Call(content, "setTitle:", cocoa.String(title))
		cocoa.Call(content, "setBody:", cocoa.String(body))
		cocoa.Call(content, "setSound:", sound(a.Sound))
		if a.Urgency == api.UrgencyCritical {
			cocoa.Call(content, "setInterruptionLevel:", uint(levelTimeSensitive))
		}
		cocoa.Call(content, "setThreadIdentifier:", cocoa.String(a.Account))
		cocoa.Call(content, "setCategoryIdentifier:", cocoa.String(categoryOf(a)))
		atOnce := objc.ID(0) // no trigger
		request := cocoa.Call(cocoa.Class("UNNotificationRequest"), "requestWithIdentifier:content:trigger:",
			cocoa.String(a.Key), content, atOnce)
		cocoa.Call(c.id, "addNotificationRequest:withCompletionHandler:", request, done)
	})
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w: the notification center does not answer", ErrUnavailable)
	case r := <-result:
		if r == nil {
			return nil
		}
		answered := cocoa.Unknown
		if notAllowed(r.domain, r.code) {
			var err error
			if answered, err = cocoa.NotificationAuthorization(ctx); err != nil {
				c.o.Log.Warn("a notification was refused", "error", err)
			}
		}
		if err := unshown(r.domain, r.code, answered); err != nil {
			return fmt.Errorf("%w: %s", err, r.text)
		}
		c.o.Log.Debug("a notification was not shown", "error", r.text)
		return nil
	}
}

// sound makes the UNNotificationSound for an api.Announcement's; nil is silence.
func sound(chosen string) objc.ID {
	home, _ := os.UserHomeDir() // without one, the system's own
	name, ok := appleSound(chosen, home)
	class := cocoa.Class("UNNotificationSound")
	switch {
	case !ok:
		return 0
	case name == "":
		return cocoa.Call(class, "defaultSound")
	}
	return cocoa.Call(class, "soundNamed:", cocoa.String(name))
}

// Withdraw implements api.Announcer.
func (c *center) Withdraw(_ context.Context, key string) error {
	cocoa.Pooled(func() {
		cocoa.Call(c.id, "removeDeliveredNotificationsWithIdentifiers:", cocoa.Array(cocoa.String(key)))
	})
	return nil
}
