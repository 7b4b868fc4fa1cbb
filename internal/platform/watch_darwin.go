package platform

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/internal/platform/cocoa"
)

// endTime is how long the network framework may take to say that it has
// stopped calling us.
const endTime = 5 * time.Second

// Watch tells e what the workspace says of sleep, the network framework of
// the network, and the process's own information of Low Power Mode, until ctx
// ends; then it returns nil. News of sleep arrives in the main thread's run
// loop, which the menu bar's process has. Between events it sleeps.
func Watch(ctx context.Context, e Events) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watcher{ctx: ctx, news: make(chan func(*relay), 16)}
	stop, err := w.observe()
	if err != nil {
		return fmt.Errorf("watching for sleep: %w", err)
	}
	defer stop()
	// Whatever has no window is put to nap, and its timers are stretched.
	defer cocoa.BeginActivity(cocoa.ActivityAllowingSleep, "looking for new mail")()
	end, err := w.monitor()
	if err != nil {
		return fmt.Errorf("watching the network: %w", err)
	}
	defer end()
	t := relay{Events: e, frugal: lowPower()}
	t.updateSaving()
	for {
		select {
		case <-ctx.Done():
			return nil
		case change := <-w.news:
			change(&t)
		}
	}
}

// watcher brings what is called on the system's threads to Watch's goroutine.
type watcher struct {
	ctx  context.Context
	news chan func(*relay)
}

func (w *watcher) post(change func(*relay)) {
	select {
	case w.news <- change:
	case <-w.ctx.Done():
	}
}

// watching is who the methods of the observer's class, of which there is one
// set for the whole process, report to.
var watching atomic.Pointer[watcher]

// observerClass registers the class that notifications go to, which can be
// done once in a process.
var observerClass = sync.OnceValues(func() (objc.Class, error) {
	method := func(selector string, change func(*relay)) objc.MethodDef {
		return objc.MethodDef{
			Cmd: objc.RegisterName(selector),
			Fn: func(objc.ID, objc.SEL, objc.ID) {
				if w := watching.Load(); w != nil {
					w.post(change)
				}
			},
		}
	}
	return objc.RegisterClass("TraymailObserver", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{
		method("didWake:", (*relay).resume),
		method("powerStateDidChange:", func(t *relay) {
			t.frugal = lowPower()
			t.updateSaving()
		}),
	})
})

// observe asks for notifications of waking up and of Low Power Mode.
func (w *watcher) observe() (stop func(), err error) {
	appKit, err := cocoa.Load("AppKit")
	if err != nil {
		return nil, err
	}
	foundation, err := cocoa.Load("Foundation")
	if err != nil {
		return nil, err
	}
	woke, err := cocoa.StringConstant(appKit, "NSWorkspaceDidWakeNotification")
	if err != nil {
		return nil, err
	}
	power, err := cocoa.StringConstant(foundation, "NSProcessInfoPowerStateDidChangeNotification")
	if err != nil {
		return nil, err
	}
	class, err := observerClass()
	if err != nil {
		return nil, err
	}
	watching.Store(w)
	var observer objc.ID
	var centers [2]objc.ID
	cocoa.Pooled(func() {
		observer = cocoa.Call(objc.ID(class), "new")
		// The workspace has a notification center of its own.
		centers[0] = cocoa.Call(cocoa.Call(cocoa.Class("NSWorkspace"), "sharedWorkspace"), "notificationCenter")
		centers[1] = cocoa.Call(cocoa.Class("NSNotificationCenter"), "defaultCenter")
		const add = "addObserver:selector:name:object:"
		cocoa.Call(centers[0], add, observer, objc.RegisterName("didWake:"), woke, objc.ID(0))
		cocoa.Call(centers[1], add, observer, objc.RegisterName("powerStateDidChange:"), power, objc.ID(0))
	})
	return func() {
		watching.CompareAndSwap(w, nil)
		cocoa.Pooled(func() {
			for _, center := range centers {
				cocoa.Call(center, "removeObserver:", observer)
			}
			cocoa.Call(observer, "release")
		})
	}, nil
}

// lowPower says whether the user has chosen Low Power Mode.
func lowPower() (low bool) {
	cocoa.Pooled(func() {
		info := cocoa.Call(cocoa.Class("NSProcessInfo"), "processInfo")
		low = objc.Send[bool](info, objc.RegisterName("isLowPowerModeEnabled"))
	})
	return low
}

// networkFramework is the C interface of Network.framework. Its objects and
// queues are counted references; blocks are copied by who takes them.
type networkFramework struct {
	create           func() (monitor uintptr)
	setQueue         func(monitor, queue uintptr)
	setUpdateHandler func(monitor uintptr, handler objc.Block)
	setCancelHandler func(monitor uintptr, handler objc.Block)
	start            func(monitor uintptr)
	cancel           func(monitor uintptr)
	release          func(object uintptr)
	status           func(path objc.ID) int32
	isExpensive      func(path objc.ID) bool
	isConstrained    func(path objc.ID) bool

	createQueue  func(label string, attributes uintptr) uintptr
	releaseQueue func(queue uintptr)
}

var loadNetwork = sync.OnceValues(func() (*networkFramework, error) {
	handle, err := cocoa.Load("Network")
	if err != nil {
		return nil, err
	}
	var n networkFramework
	const anywhere = purego.RTLD_DEFAULT // libSystem is in every process
	for _, f := range []struct {
		function any
		handle   uintptr
		name     string
	}{
		{&n.create, handle, "nw_path_monitor_create"},
		{&n.setQueue, handle, "nw_path_monitor_set_queue"},
		{&n.setUpdateHandler, handle, "nw_path_monitor_set_update_handler"},
		{&n.setCancelHandler, handle, "nw_path_monitor_set_cancel_handler"},
		{&n.start, handle, "nw_path_monitor_start"},
		{&n.cancel, handle, "nw_path_monitor_cancel"},
		{&n.release, handle, "nw_release"},
		{&n.status, handle, "nw_path_get_status"},
		{&n.isExpensive, handle, "nw_path_is_expensive"},
		{&n.isConstrained, handle, "nw_path_is_constrained"},
		{&n.createQueue, anywhere, "dispatch_queue_create"},
		{&n.releaseQueue, anywhere, "dispatch_release"},
	} {
		address, err := purego.Dlsym(f.handle, f.name)
		if err != nil {
			return nil, fmt.Errorf("looking for %s: %w", f.name, err)
		}
		purego.RegisterFunc(f.function, address)
	}
	return &n, nil
})

// monitor follows the network: how it is now, and then each change.
func (w *watcher) monitor() (end func(), err error) {
	n, err := loadNetwork()
	if err != nil {
		return nil, err
	}
	const serial = 0 // DISPATCH_QUEUE_SERIAL is NULL
	queue := n.createQueue("io.github.traymail.network", serial)
	monitor := n.create()
	update := objc.NewBlock(func(_ objc.Block, p objc.ID) {
		told := networkPath{pathStatus(n.status(p)), n.isExpensive(p), n.isConstrained(p)}
		w.post(func(t *relay) { t.path(told) })
	})
	ended := make(chan struct{})
	cancelled := objc.NewBlock(func(objc.Block) { close(ended) })
	n.setQueue(monitor, queue)
	n.setUpdateHandler(monitor, update)
	n.setCancelHandler(monitor, cancelled)
	n.start(monitor)
	return func() {
		n.cancel(monitor)
		select {
		case <-ended: // no update comes after that
		case <-time.After(endTime):
		}
		n.release(monitor)
		n.releaseQueue(queue)
		update.Release()
		cancelled.Release()
	}, nil
}
