package platform

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// What Windows calls, called as it does: through the pointers it is given.
func TestWatchTellsWhatWindowsReports(t *testing.T) {
	told := make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Watch(ctx, Events{
			Resume: func() { told <- "resume" },
			Online: func(online bool) { told <- fmt.Sprint("online ", online) },
			Saving: func(saving bool) { told <- fmt.Sprint("saving ", saving) },
		})
	}()
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Fatalf("told %q, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("not told %q", want)
		}
	}
	online, _ := network()
	expect(fmt.Sprint("online ", online))
	listeners.Lock()
	id := listeners.last
	listeners.Unlock()
	power := func(kind uintptr, setting *powerSetting) {
		_, _, _ = syscall.SyscallN(powerCallback(), id, kind, uintptr(unsafe.Pointer(setting)))
	}
	power(resumeAutomatic, nil)
	expect("resume")
	power(powerSettingChange, &powerSetting{powerSavingStatus, 4, 1})
	expect("saving true")
	// What is none of ours, and what repeats, tells nothing.
	power(powerSettingChange, nil)
	power(powerSettingChange, &powerSetting{powerSavingStatus, 1, 0})
	power(powerSettingChange, &powerSetting{what: powerSavingStatus, size: 4, value: 1})
	power(0x4, nil) // PBT_APMSUSPEND
	_, _, _ = syscall.SyscallN(routeCallback(), id, 0, 0)
	_, _, _ = syscall.SyscallN(hintCallback(), id, 0)
	power(powerSettingChange, &powerSetting{energySaverStatus, 4, 2})
	power(powerSettingChange, &powerSetting{powerSavingStatus, 4, 0}) // the other still saves
	power(powerSettingChange, &powerSetting{energySaverStatus, 4, 0})
	expect("saving false")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	power(resumeAutomatic, nil) // a late one hurts nobody
	if len(told) != 0 {
		t.Errorf("told %q", <-told)
	}
}

func TestConnectivityHint(t *testing.T) {
	for _, test := range []struct {
		hint            connectivityHint
		online, metered bool
	}{
		{connectivityHint{}, true, false}, // unknown: a poll finds out
		{connectivityHint{level: 1}, false, false},
		{connectivityHint{level: 2, cost: 1}, true, false},
		{connectivityHint{level: 3, cost: 2}, true, true},
		{connectivityHint{level: 3, cost: 3}, true, true},
		{connectivityHint{level: 3, cost: 1, roaming: true}, true, true},
		{connectivityHint{level: 4, overDataLimit: true}, true, true},
	} {
		if online, metered := test.hint.read(); online != test.online || metered != test.metered {
			t.Errorf("%+v: %v, %v", test.hint, online, metered)
		}
	}
	if size := unsafe.Sizeof(connectivityHint{}); size != 12 {
		t.Errorf("Windows would write 12 bytes into %d", size)
	}
}
