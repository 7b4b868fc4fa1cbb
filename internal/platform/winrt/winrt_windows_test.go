package winrt

import (
	"errors"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	iidTest  = windows.GUID{Data1: 0x12345678, Data2: 1, Data3: 2, Data4: [8]byte{3, 4, 5, 6, 7, 8, 9, 10}}
	iidOther = windows.GUID{Data1: 0x12345678, Data2: 1, Data3: 2, Data4: [8]byte{3, 4, 5, 6, 7, 8, 9, 11}}
)

// method calls one of our objects as COM does: through the table that its
// first word points at.
//
//go:uintptrescapes
func method(object uintptr, slot int, args ...uintptr) uintptr {
	result, _, _ := syscall.SyscallN(At(object).table[slot], append([]uintptr{object}, args...)...)
	return result & 0xffffffff
}

func known() int {
	alive.Lock()
	defer alive.Unlock()
	return len(alive.objects)
}

func TestHandler(t *testing.T) {
	before := known()
	var got [2]uintptr
	handler, release := Handler(iidTest, func(sender, arguments uintptr) { got = [2]uintptr{sender, arguments} })
	for name, test := range map[string]struct {
		iid  windows.GUID
		want uintptr
	}{
		"IUnknown":     {iidUnknown, 0},
		"IAgileObject": {iidAgile, 0},
		"its own":      {iidTest, 0},
		"another":      {iidOther, uintptr(ErrNoInterface)},
	} {
		out := uintptr(1)
		result := method(handler, 0, uintptr(unsafe.Pointer(&test.iid)), uintptr(unsafe.Pointer(&out)))
		if result != test.want || (out == handler) != (result == 0) || result != 0 && out != 0 {
			t.Errorf("%s: 0x%x, %x of %x", name, result, out, handler)
		}
	}
	if result := method(handler, 0, uintptr(unsafe.Pointer(&iidTest)), 0); result != uintptr(errPointer) {
		t.Errorf("nowhere to put it: 0x%x", result)
	}
	if n := method(handler, 1); n != 5 { // ours, three queries, this
		t.Errorf("%d references", n)
	}
	if result := method(handler, 3, 7, 9); result != 0 || got != [2]uintptr{7, 9} {
		t.Errorf("an event: 0x%x, %v", result, got)
	}
	release()
	for want := uintptr(3); ; want-- {
		if n := method(handler, 2); n != want {
			t.Errorf("%d references are left, want %d", n, want)
		}
		if want == 0 {
			break
		}
	}
	if n := known(); n != before {
		t.Errorf("%d objects are left", n-before)
	}
}

func TestServeActivations(t *testing.T) {
	leave, err := Enter()
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	before := known()
	var got [2]string
	stop, err := ServeActivations(iidTest, func(app, arguments uintptr) { got = [2]string{Text(app, 100), Text(arguments, 4)} })
	if err != nil {
		t.Fatal(err)
	}
	const inProcess, local = 1, 4 // CLSCTX
	get := func() (factory *Object, err error) {
		code, _, _ := ole32.NewProc("CoGetClassObject").Call(uintptr(unsafe.Pointer(&iidTest)), inProcess|local, 0,
			uintptr(unsafe.Pointer(&iidClassFactory)), uintptr(unsafe.Pointer(&factory)))
		return factory, check(code)
	}
	factory, err := get()
	if err != nil {
		t.Fatal(err)
	}
	const create, lockServer, activate = 3, 4, 3
	if err := factory.Call(lockServer, 1); err != nil {
		t.Error(err)
	}
	var callback *Object
	if err := factory.Call(create, factory.Address(), uintptr(unsafe.Pointer(&iidActivationCallback)), uintptr(unsafe.Pointer(&callback))); !errors.Is(err, errNoAggregation) || callback != nil {
		t.Errorf("as part of another: %v, %v", callback, err)
	}
	if err := factory.Call(create, 0, uintptr(unsafe.Pointer(&iidOther)), uintptr(unsafe.Pointer(&callback))); !errors.Is(err, ErrNoInterface) || callback != nil {
		t.Errorf("as something else: %v, %v", callback, err)
	}
	if err := factory.Call(create, 0, uintptr(unsafe.Pointer(&iidActivationCallback)), uintptr(unsafe.Pointer(&callback))); err != nil {
		t.Fatal(err)
	}
	app, _ := windows.UTF16PtrFromString("an app")
	arguments, _ := windows.UTF16PtrFromString("会议 and more")
	if err := callback.Call(activate, uintptr(unsafe.Pointer(app)), uintptr(unsafe.Pointer(arguments)), 0, 0); err != nil || got != [2]string{"an app", "会议 a"} {
		t.Errorf("%q, %v", got, err)
	}
	if err := callback.Call(activate, 0, 0, 0, 0); err != nil || got != [2]string{} {
		t.Errorf("without texts: %q, %v", got, err)
	}
	callback.Release()
	factory.Release()
	stop()
	if _, err := get(); err == nil {
		t.Error("the class is still there")
	}
	if n := known(); n != before {
		t.Errorf("%d objects are left", n-before)
	}
}

func TestErrors(t *testing.T) {
	leave, err := Enter()
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	var result Result
	if _, err := Factory("Traymail.No.Such.Class", iidTest); !errors.As(err, &result) {
		t.Errorf("a class that does not exist: %v", err)
	}
	if _, err := Activate("Traymail.No.Such.Class"); !errors.As(err, &result) {
		t.Errorf("an object of it: %v", err)
	}
	if err := WithString("a\x00b", func(uintptr) error { return nil }); err == nil {
		t.Error("half a text was passed")
	}
	for code, failed := range map[uintptr]bool{0: false, 1: false, 0x80004005: true, 0xffffffff80004005: true} {
		if err := check(code); (err != nil) != failed {
			t.Errorf("0x%x: %v", code, err)
		}
	}
}
