package cocoa

import (
	"testing"

	"github.com/ebitengine/purego/objc"
)

func TestStrings(t *testing.T) {
	if _, err := Load("Foundation"); err != nil {
		t.Fatal(err)
	}
	Pooled(func() {
		for _, s := range []string{"", "a", "é 字 ✉", "a/uid/with/slashes"} {
			if got := GoString(String(s)); got != s {
				t.Errorf("%q became %q", s, got)
			}
		}
		if got := GoString(0); got != "" {
			t.Errorf("nil is %q", got)
		}
		if n := objc.Send[uint](Array(String("a"), String("b")), objc.RegisterName("count")); n != 2 {
			t.Errorf("an array of two has %d", n)
		}
	})
}

func TestStringConstant(t *testing.T) {
	foundation, err := Load("Foundation")
	if err != nil {
		t.Fatal(err)
	}
	name, err := StringConstant(foundation, "NSProcessInfoPowerStateDidChangeNotification")
	if err != nil || GoString(name) == "" {
		t.Errorf("%q, %v", GoString(name), err)
	}
	if _, err := StringConstant(foundation, "NSNoSuchThing"); err == nil {
		t.Error("found what does not exist")
	}
	if _, err := Load("NoSuchFramework"); err == nil {
		t.Error("loaded what does not exist")
	}
}

// Invoke goes by the block's own pointer, as it has to with the system's.
func TestInvoke(t *testing.T) {
	var got uint
	b := objc.NewBlock(func(_ objc.Block, options uint) { got = options })
	defer b.Release()
	Invoke(b, 26)
	if got != 26 {
		t.Errorf("the block was given %d", got)
	}
	Invoke(0) // a handler that the system left out
}
