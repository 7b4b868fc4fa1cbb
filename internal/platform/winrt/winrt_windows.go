package winrt

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	combase                = windows.NewLazySystemDLL("combase.dll")
	roInitialize           = combase.NewProc("RoInitialize")
	roUninitialize         = combase.NewProc("RoUninitialize")
	roActivateInstance     = combase.NewProc("RoActivateInstance")
	roGetActivationFactory = combase.NewProc("RoGetActivationFactory")
	windowsCreateString    = combase.NewProc("WindowsCreateString")
	windowsDeleteString    = combase.NewProc("WindowsDeleteString")

	ole32                 = windows.NewLazySystemDLL("ole32.dll")
	coRegisterClassObject = ole32.NewProc("CoRegisterClassObject")
	coRevokeClassObject   = ole32.NewProc("CoRevokeClassObject")
)

// Result is an HRESULT that says that something failed.
type Result uint32

// Results that callers tell from others, from winerror.h.
const (
	ErrNoInterface = Result(0x80004002) // E_NOINTERFACE
	ErrNotFound    = Result(0x80070490) // HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

	errPointer       = Result(0x80004003) // E_POINTER
	errNoAggregation = Result(0x80040110) // CLASS_E_NOAGGREGATION
)

// Error has the number, by which it is found in Microsoft's lists, and the
// system's text if it has one.
func (r Result) Error() string {
	return fmt.Sprintf("HRESULT 0x%08X: %s", uint32(r), syscall.Errno(r).Error())
}

// check is the error that an HRESULT stands for; all below 0 are errors.
func check(result uintptr) error {
	if code := uint32(result); code >= 1<<31 { //nolint:gosec // G115: an HRESULT has 32 bits
		return Result(code)
	}
	return nil
}

// available says whether this Windows has a runtime at all.
func available() error {
	for _, proc := range []*windows.LazyProc{roInitialize, windowsCreateString, coRegisterClassObject} {
		if err := proc.Find(); err != nil {
			return err
		}
	}
	return nil
}

// Enter makes the calling goroutine's thread one of the multithreaded
// apartment: what it makes may be called, and calls back, on any thread, so
// that nobody needs a message loop. The goroutine keeps the thread until it
// calls leave.
func Enter() (leave func(), err error) {
	if err := available(); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	const multithreaded = 1 // RO_INIT_MULTITHREADED
	code, _, _ := roInitialize.Call(multithreaded)
	if err := check(code); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	return func() {
		_, _, _ = roUninitialize.Call()
		runtime.UnlockOSThread()
	}, nil
}

// Object is one of the system's objects, seen through one of its interfaces.
type Object struct{ table *[32]uintptr }

// At is the object at an address that the system has called us with, without a
// reference of ours.
func At(address uintptr) *Object { return *(**Object)(unsafe.Pointer(&address)) }

// Address is how the object is passed to the system.
func (o *Object) Address() uintptr { return uintptr(unsafe.Pointer(o)) }

// Slots of the tables. Those of every interface of the Windows Runtime begin
// with IInspectable's three methods after IUnknown's three (inspectable.h).
const (
	slotQuery   = 0
	slotRelease = 2
	// First is the first method of an interface's own.
	First = 6
)

// Call calls a method by its slot. Out parameters are pointers to zeroed
// variables; Go's memory may be passed, but not kept.
//
//go:uintptrescapes
func (o *Object) Call(slot int, args ...uintptr) error {
	code, _, _ := syscall.SyscallN(o.table[slot], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	return check(code)
}

// Query is the same object through another interface, to be released as well.
func (o *Object) Query(iid windows.GUID) (*Object, error) {
	var other *Object
	err := o.Call(slotQuery, uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&other)))
	return other, err
}

// Release gives the object back; a nil one needs no release.
func (o *Object) Release() {
	if o != nil {
		_, _, _ = syscall.SyscallN(o.table[slotRelease], uintptr(unsafe.Pointer(o)))
	}
}

// Factory is what makes objects of a class, or has its static methods.
func Factory(class string, iid windows.GUID) (factory *Object, err error) {
	err = WithString(class, func(class uintptr) error {
		code, _, _ := roGetActivationFactory.Call(class, uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&factory)))
		return check(code)
	})
	return factory, err
}

// Activate makes an object of a class.
func Activate(class string) (instance *Object, err error) {
	err = WithString(class, func(class uintptr) error {
		code, _, _ := roActivateInstance.Call(class, uintptr(unsafe.Pointer(&instance)))
		return check(code)
	})
	return instance, err
}

// WithString calls f with an HSTRING, which it must not keep.
func WithString(s string, f func(uintptr) error) error {
	units, err := windows.UTF16FromString(s)
	if err != nil {
		return err
	}
	var handle uintptr
	code, _, _ := windowsCreateString.Call(uintptr(unsafe.Pointer(&units[0])), uintptr(len(units)-1), uintptr(unsafe.Pointer(&handle)))
	if err := check(code); err != nil {
		return err
	}
	defer func() { _, _, _ = windowsDeleteString.Call(handle) }()
	return f(handle)
}
