package winrt

import (
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Interfaces that ours answer to, from unknwn.h and objidl.h.
var (
	iidUnknown      = windows.GUID{Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	iidClassFactory = windows.GUID{Data1: 1, Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}
	// iidAgile is IAgileObject, which has no methods: it says that an object
	// may be called on any thread without help.
	iidAgile = windows.GUID{Data1: 0x94ea2b94, Data2: 0xe9cc, Data3: 0x49e0, Data4: [8]byte{0xc0, 0xff, 0xee, 0x64, 0xca, 0x8f, 0x5b, 0x90}}
)

// ours is an object of our own as the system sees it: the pointer to the table
// comes first. What it is for follows; the system knows nothing of that.
type ours struct {
	table *[5]uintptr
	iid   windows.GUID
	refs  uint32
	// create is IClassFactory's; call is the one method of any other.
	create func(iid *windows.GUID, out *uintptr) uintptr
	call   func(a, b uintptr)
}

// alive keeps those that the system has references to from the garbage
// collector, which does not see them.
var alive = struct {
	sync.Mutex
	objects map[*ours]struct{}
}{objects: map[*ours]struct{}{}}

// functions are the tables, made when first needed: the runtime never frees a
// callback.
type functions struct{ factory, handler, callback [5]uintptr }

var table = sync.OnceValue(func() *functions {
	query, addRef, release := windows.NewCallback(onQuery), windows.NewCallback(onAddRef), windows.NewCallback(onRelease)
	lock := func(*ours, uintptr) uintptr { return 0 } // LockServer: we end when the user wants
	return &functions{
		factory:  [5]uintptr{query, addRef, release, windows.NewCallback(onCreate), windows.NewCallback(lock)},
		handler:  [5]uintptr{query, addRef, release, windows.NewCallback(onEvent)},
		callback: [5]uintptr{query, addRef, release, windows.NewCallback(onActivate)},
	}
})

// implement makes an object of one reference.
func implement(o *ours) *ours {
	alive.Lock()
	defer alive.Unlock()
	o.refs = 1
	alive.objects[o] = struct{}{}
	return o
}

// What follows is called by the system, on any thread. An out parameter is a
// number to the compiler: for a pointer it would let the garbage collector see
// what the caller's variable held before.

func onQuery(o *ours, iid *windows.GUID, out *uintptr) uintptr {
	if out == nil {
		return uintptr(errPointer)
	}
	*out = 0
	if iid == nil || *iid != o.iid && *iid != iidUnknown && *iid != iidAgile {
		return uintptr(ErrNoInterface)
	}
	onAddRef(o)
	*out = uintptr(unsafe.Pointer(o))
	return 0
}

func onAddRef(o *ours) uintptr {
	alive.Lock()
	defer alive.Unlock()
	o.refs++
	return uintptr(o.refs)
}

func onRelease(o *ours) uintptr {
	alive.Lock()
	defer alive.Unlock()
	if o.refs--; o.refs == 0 {
		delete(alive.objects, o)
	}
	return uintptr(o.refs)
}

// onCreate is IClassFactory.CreateInstance.
func onCreate(o *ours, outer uintptr, iid *windows.GUID, out *uintptr) uintptr {
	switch {
	case out == nil:
		return uintptr(errPointer)
	case outer != 0:
		*out = 0
		return uintptr(errNoAggregation)
	}
	return o.create(iid, out)
}

// onEvent is TypedEventHandler.Invoke.
func onEvent(o *ours, sender, arguments uintptr) uintptr {
	o.call(sender, arguments)
	return 0
}

// onActivate is INotificationActivationCallback.Activate; the last two are
// what the user has typed, and how much of it.
func onActivate(o *ours, app, arguments, _, _ uintptr) uintptr {
	o.call(app, arguments)
	return 0
}

// Handler is a TypedEventHandler for the system to keep. iid is that of its
// instance. f gets the sender and the arguments, on any thread, and must not
// wait. release gives back the caller's own reference.
func Handler(iid windows.GUID, f func(sender, arguments uintptr)) (handler uintptr, release func()) {
	o := implement(&ours{table: &table().handler, iid: iid, call: f})
	return uintptr(unsafe.Pointer(o)), func() { onRelease(o) }
}

// iidActivationCallback is INotificationActivationCallback, from
// notificationactivationcallback.h.
var iidActivationCallback = windows.GUID{
	Data1: 0x53e31837, Data2: 0x6600, Data3: 0x4a81, Data4: [8]byte{0x93, 0x95, 0x75, 0xcf, 0xfe, 0x74, 0x6f, 0x94},
}

// ServeActivations has COM find this process for a class, until stop is
// called: the class that Windows asks for when the user has clicked on a
// notification. f gets the AppUserModelID and the arguments of what was
// clicked as strings of the system's (see Text), on any thread, and must not
// wait.
func ServeActivations(class windows.GUID, f func(app, arguments uintptr)) (stop func(), err error) {
	factory := implement(&ours{table: &table().factory, iid: iidClassFactory})
	defer onRelease(factory) // COM has its own
	factory.create = func(iid *windows.GUID, out *uintptr) uintptr {
		o := implement(&ours{table: &table().callback, iid: iidActivationCallback, call: f})
		defer onRelease(o)
		return onQuery(o, iid, out)
	}
	const localServer, multipleUse = 4, 1 // CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE
	var cookie uint32
	code, _, _ := coRegisterClassObject.Call(uintptr(unsafe.Pointer(&class)), uintptr(unsafe.Pointer(factory)),
		localServer, multipleUse, uintptr(unsafe.Pointer(&cookie)))
	if err := check(code); err != nil {
		return nil, fmt.Errorf("registering a class with COM: %w", err)
	}
	return func() { _, _, _ = coRevokeClassObject.Call(uintptr(cookie)) }, nil
}

// Text is a string of the system's, of which no more than limit UTF-16 units
// are read.
func Text(address uintptr, limit int) string {
	if address == 0 {
		return ""
	}
	first := *(**uint16)(unsafe.Pointer(&address)) // memory of the system's, not Go's
	n := 0
	for n < limit && *(*uint16)(unsafe.Add(unsafe.Pointer(first), n*2)) != 0 {
		n++
	}
	return windows.UTF16ToString(unsafe.Slice(first, n))
}
