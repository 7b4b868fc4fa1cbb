package cocoa

import (
	"fmt"
	"runtime"
	"structs"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// Load makes the classes and symbols of a system framework available. The
// files themselves exist only in the dynamic linker's cache since macOS 11,
// which is where dlopen finds them.
func Load(framework string) (handle uintptr, err error) {
	path := "/System/Library/Frameworks/" + framework + ".framework/" + framework
	if handle, err = purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL); err != nil {
		return 0, fmt.Errorf("loading the framework %s: %w", framework, err)
	}
	return handle, nil
}

// StringConstant reads an exported NSString constant, such as the name of a
// notification.
func StringConstant(handle uintptr, name string) (objc.ID, error) {
	address, err := purego.Dlsym(handle, name)
	if err != nil {
		return 0, fmt.Errorf("looking for %s: %w", name, err)
	}
	return *(*objc.ID)(pointer(address)), nil
}

// pointer is an address outside of Go's memory as a pointer; a conversion
// would look to vet as if it might be Go's.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address)) // #nosec G103 -- not memory of Go's
}

// Class returns a class as what messages are sent to; 0 if there is none.
func Class(name string) objc.ID { return objc.ID(objc.GetClass(name)) }

// Call sends a message by the selector's name. The arguments are those that
// purego can pass: numbers of the right width, booleans, objects.
func Call(receiver objc.ID, selector string, args ...any) objc.ID {
	return receiver.Send(objc.RegisterName(selector), args...)
}

// String makes an autoreleased NSString. It must not contain a zero byte,
// which would end it.
func String(s string) objc.ID { return Call(Class("NSString"), "stringWithUTF8String:", s) }

// GoString copies an NSString; nil gives "".
func GoString(s objc.ID) string {
	if s == 0 {
		return ""
	}
	return objc.Send[string](s, objc.RegisterName("UTF8String"))
}

// Array makes an autoreleased NSArray.
func Array(elements ...objc.ID) objc.ID {
	array := Call(Class("NSMutableArray"), "array")
	for _, e := range elements {
		Call(array, "addObject:", e)
	}
	return array
}

// Pooled runs f with an autorelease pool. Go's threads have none, and what is
// autoreleased without one is never freed. A pool belongs to its thread.
func Pooled(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pool := Call(Class("NSAutoreleasePool"), "new")
	defer Call(pool, "drain")
	f()
}

// block is the beginning of every block in memory:
// https://clang.llvm.org/docs/Block-ABI-Apple.html
type block struct {
	_      structs.HostLayout
	isa    uintptr
	flags  int32
	_      int32
	invoke uintptr
}

// Invoke calls a block that the system has handed to us, such as a completion
// handler. objc.Block.Invoke knows only those that objc.NewBlock has made.
// Arguments are numbers or objects, no floats.
func Invoke(b objc.Block, args ...uintptr) {
	if b == 0 {
		return
	}
	literal := (*block)(pointer(uintptr(b)))
	_, _, _ = purego.SyscallN(literal.invoke, append([]uintptr{uintptr(b)}, args...)...)
}
