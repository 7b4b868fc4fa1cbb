package platform

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	powrprof                = windows.NewLazySystemDLL("powrprof.dll")
	registerSuspendResume   = powrprof.NewProc("PowerRegisterSuspendResumeNotification")
	unregisterSuspendResume = powrprof.NewProc("PowerUnregisterSuspendResumeNotification")
	registerPowerSetting    = powrprof.NewProc("PowerSettingRegisterNotification")
	unregisterPowerSetting  = powrprof.NewProc("PowerSettingUnregisterNotification")

	iphlpapi                   = windows.NewLazySystemDLL("iphlpapi.dll")
	notifyRouteChange          = iphlpapi.NewProc("NotifyRouteChange2")
	notifyConnectivityHint     = iphlpapi.NewProc("NotifyNetworkConnectivityHintChange")
	getNetworkConnectivityHint = iphlpapi.NewProc("GetNetworkConnectivityHint")

	// Callbacks are made once: the runtime never frees one.
	powerCallback = sync.OnceValue(func() uintptr { return windows.NewCallback(onPower) })
	routeCallback = sync.OnceValue(func() uintptr { return windows.NewCallback(onRoute) })
	hintCallback  = sync.OnceValue(func() uintptr { return windows.NewCallback(onHint) })

	// powerSavingStatus is GUID_POWER_SAVING_STATUS, of the battery saver that
	// Windows had before 11, version 24H2.
	powerSavingStatus = windows.GUID{
		Data1: 0xe00958c0, Data2: 0xc213, Data3: 0x4ace, Data4: [8]byte{0xac, 0x77, 0xfe, 0xcc, 0xed, 0x2e, 0xee, 0xa5},
	}
	// energySaverStatus is GUID_ENERGY_SAVER_STATUS, of the energy saver that it
	// has since, which works without a battery too: 0 is off.
	energySaverStatus = windows.GUID{
		Data1: 0x550e8400, Data2: 0xe29b, Data3: 0x41d4, Data4: [8]byte{0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0x00, 0x00},
	}
)

// From winuser.h.
const (
	deviceNotifyCallback = 2      // DEVICE_NOTIFY_CALLBACK
	resumeAutomatic      = 0x12   // PBT_APMRESUMEAUTOMATIC
	powerSettingChange   = 0x8013 // PBT_POWERSETTINGCHANGE
)

// quiet is how long the routes have been still before they are looked at:
// they change in bursts.
const quiet = time.Second

// report is what one of the system's threads has to say.
type report struct {
	woke    bool
	network bool
	// setting says what frugal is of; zero for none.
	setting windows.GUID
	frugal  bool
}

// listeners are the running Watches, by the number that the system hands to
// the callbacks: it must not be given a pointer to keep.
var listeners = struct {
	sync.Mutex
	last uintptr
	by   map[uintptr]chan<- report
}{by: map[uintptr]chan<- report{}}

func listen() (id uintptr, reports <-chan report) {
	// More than ever wait: a listener does nothing that takes time.
	c := make(chan report, 64)
	listeners.Lock()
	defer listeners.Unlock()
	listeners.last++
	listeners.by[listeners.last] = c
	return listeners.last, c
}

func unlisten(id uintptr) {
	listeners.Lock()
	defer listeners.Unlock()
	delete(listeners.by, id)
}

func post(id uintptr, r report) {
	listeners.Lock()
	defer listeners.Unlock()
	select {
	case listeners.by[id] <- r:
	default:
	}
}

// onPower is a DEVICE_NOTIFY_CALLBACK_ROUTINE.
func onPower(id, kind uintptr, setting *powerSetting) uintptr {
	switch {
	case kind == resumeAutomatic:
		post(id, report{woke: true})
	case kind == powerSettingChange && setting != nil && setting.size == 4 &&
		(setting.what == powerSavingStatus || setting.what == energySaverStatus):
		post(id, report{setting: setting.what, frugal: setting.value != 0})
	}
	return 0
}

// powerSetting is a POWERBROADCAST_SETTING with a number in it.
type powerSetting struct {
	what        windows.GUID
	size, value uint32
}

// onRoute is a PIPFORWARD_CHANGE_CALLBACK. What changed is asked for later.
func onRoute(id, _, _ uintptr) uintptr {
	post(id, report{network: true})
	return 0
}

// onHint is a PNETWORK_CONNECTIVITY_HINT_CHANGE_CALLBACK: what the network
// costs may have changed, and no route. The hint itself is asked for later.
func onHint(id, _ uintptr) uintptr { return onRoute(id, 0, 0) }

// Watch tells e what the system reports of sleep, network and battery saver,
// until ctx ends; then it returns nil. Between events it sleeps.
func Watch(ctx context.Context, e Events) error {
	id, reports := listen()
	defer unlisten(id)
	stop, err := subscribe(id)
	if err != nil {
		return fmt.Errorf("watching for sleep and network: %w", err)
	}
	defer stop()
	t := relay{Events: e}
	saves := map[windows.GUID]bool{} // each Windows tells the truth of one
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			var online bool
			online, t.metered = network()
			t.online(online)
		case r := <-reports:
			if r.woke {
				t.resume()
			}
			if r.network {
				look.Reset(quiet)
			}
			if r.setting != (windows.GUID{}) {
				saves[r.setting] = r.frugal
				t.frugal = saves[powerSavingStatus] || saves[energySaverStatus]
			}
		}
		t.updateSaving()
	}
}

// subscribe asks for reports to id. They come from threads of the system, and
// none comes any more once stop has returned.
func subscribe(id uintptr) (stop func(), err error) {
	var undo []func()
	stop = func() {
		for _, f := range undo {
			f()
		}
	}
	// DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS, copied by the system.
	recipient := struct{ callback, context uintptr }{powerCallback(), id}
	var sleep uintptr
	// Both return an error code.
	if code, _, _ := registerSuspendResume.Call(deviceNotifyCallback, uintptr(unsafe.Pointer(&recipient)), uintptr(unsafe.Pointer(&sleep))); code != 0 {
		return nil, windows.Errno(code)
	}
	undo = append(undo, func() { _, _, _ = unregisterSuspendResume.Call(sleep) })
	for _, setting := range []*windows.GUID{&powerSavingStatus, &energySaverStatus} {
		var saver uintptr
		code, _, _ := registerPowerSetting.Call(uintptr(unsafe.Pointer(setting)), deviceNotifyCallback, uintptr(unsafe.Pointer(&recipient)), uintptr(unsafe.Pointer(&saver)))
		switch {
		case code == 0:
			undo = append(undo, func() { _, _, _ = unregisterPowerSetting.Call(saver) })
		case setting == &powerSavingStatus:
			stop()
			return nil, windows.Errno(code)
		}
	}
	var routes windows.Handle
	if code, _, _ := notifyRouteChange.Call(windows.AF_UNSPEC, routeCallback(), id, 0, uintptr(unsafe.Pointer(&routes))); code != 0 {
		stop()
		return nil, windows.Errno(code)
	}
	undo = append(undo, func() { _ = windows.CancelMibChangeNotify2(routes) })
	if notifyConnectivityHint.Find() == nil { // Windows 10, version 2004
		var hints windows.Handle
		if code, _, _ := notifyConnectivityHint.Call(hintCallback(), id, 0, uintptr(unsafe.Pointer(&hints))); code == 0 {
			undo = append(undo, func() { _ = windows.CancelMibChangeNotify2(hints) })
		}
	}
	return stop, nil
}

// connectivityHint is an NL_NETWORK_CONNECTIVITY_HINT.
type connectivityHint struct {
	level, cost                                  int32
	approachingDataLimit, overDataLimit, roaming bool
}

// From nldef.h.
const (
	connectivityNone = 1
	costFixed        = 2
	costVariable     = 3
)

// network says whether there is one, and whether it costs by what is sent.
// Windows before 10, version 2004, knows the routes only.
func network() (online, metered bool) {
	var hint connectivityHint
	if getNetworkConnectivityHint.Find() == nil {
		if code, _, _ := getNetworkConnectivityHint.Call(uintptr(unsafe.Pointer(&hint))); code == 0 {
			return hint.read()
		}
	}
	return Routed(), false
}

// read takes a local network for one: a server may be there.
func (h connectivityHint) read() (online, metered bool) {
	return h.level != connectivityNone, h.cost == costFixed || h.cost == costVariable || h.roaming || h.overDataLimit
}
