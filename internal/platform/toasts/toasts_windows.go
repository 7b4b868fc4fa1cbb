package toasts

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/platform/winrt"
)

// Who we are to the notifications of Windows: an AppUserModelID, and the COM
// class that it asks for when the user clicks on one.
const (
	AppID       = "io.github.traymail.traymail"
	ActivatorID = "{685D6E6F-437E-48B5-9F05-2C3A1B4F4822}"
)

// Classes of the Windows Runtime.
const (
	classManager = "Windows.UI.Notifications.ToastNotificationManager"
	classToast   = "Windows.UI.Notifications.ToastNotification"
	classXML     = "Windows.Data.Xml.Dom.XmlDocument"
)

// ErrUnavailable: this is no Windows that has such notifications.
var ErrUnavailable = errors.New("Windows.UI.Notifications is not available")

// Registry is where the classes of the Windows Runtime are listed, below
// HKEY_LOCAL_MACHINE.
const Registry = `Software\Microsoft\WindowsRuntime\ActivatableClassId`

// Classes are those of them that are needed here.
var Classes = []string{classManager, classToast, classXML}

// Available returns nil or ErrUnavailable. It only looks into the list: to ask
// for one of the classes would load them.
func Available() error {
	for _, class := range Classes {
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, Registry+`\`+class, registry.QUERY_VALUE)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		_ = key.Close()
	}
	return nil
}

// Interfaces, from windows.ui.notifications.idl and windows.data.xml.dom.idl of
// the Windows SDK.
var (
	iidManager       = windows.GUID{Data1: 0x50ac103f, Data2: 0xd235, Data3: 0x4598, Data4: [8]byte{0xbb, 0xef, 0x98, 0xfe, 0x4d, 0x1a, 0x3a, 0xd4}} // IToastNotificationManagerStatics
	iidManager2      = windows.GUID{Data1: 0x7ab93c52, Data2: 0x0e48, Data3: 0x4750, Data4: [8]byte{0xba, 0x9d, 0x1a, 0x41, 0x13, 0x98, 0x18, 0x47}} // IToastNotificationManagerStatics2
	iidToastFactory  = windows.GUID{Data1: 0x04124b20, Data2: 0x82c6, Data3: 0x4229, Data4: [8]byte{0xb1, 0x09, 0xfd, 0x9e, 0xd4, 0x66, 0x2b, 0x53}} // IToastNotificationFactory
	iidToast2        = windows.GUID{Data1: 0x9dfb9fd1, Data2: 0x143a, Data3: 0x490e, Data4: [8]byte{0x90, 0xbf, 0xb9, 0xfb, 0xa7, 0x13, 0x2d, 0xe7}} // IToastNotification2
	iidXML           = windows.GUID{Data1: 0xf7f3a506, Data2: 0x1e87, Data3: 0x42d6, Data4: [8]byte{0xbc, 0xfb, 0xb8, 0xc8, 0x09, 0xfa, 0x54, 0x94}} // IXmlDocument
	iidXMLIO         = windows.GUID{Data1: 0x6cd0e74e, Data2: 0xee65, Data3: 0x4489, Data4: [8]byte{0x9e, 0xbf, 0xca, 0x43, 0xe8, 0x7b, 0xa6, 0x37}} // IXmlDocumentIO
	iidFailedHandler = windows.GUID{Data1: 0x95e3e803, Data2: 0xc969, Data3: 0x5e3a, Data4: [8]byte{0x97, 0x53, 0xea, 0x2a, 0xd2, 0x2a, 0x9a, 0x33}} // TypedEventHandler<ToastNotification, ToastFailedEventArgs>
)

// Methods, by their place in the same files. A test holds them and the
// interfaces against the metadata of Windows.
const (
	managerCreateNotifierWithID = winrt.First + 1 // IToastNotificationManagerStatics.CreateToastNotifierWithId
	manager2History             = winrt.First     // IToastNotificationManagerStatics2.get_History
	factoryCreate               = winrt.First     // IToastNotificationFactory.CreateToastNotification
	toastAddFailed              = winrt.First + 7 // IToastNotification.add_Failed
	toast2PutTag                = winrt.First     // IToastNotification2.put_Tag
	toast2PutGroup              = winrt.First + 2 // IToastNotification2.put_Group
	failedErrorCode             = winrt.First     // IToastFailedEventArgs.get_ErrorCode
	notifierShow                = winrt.First     // IToastNotifier.Show
	notifierSetting             = winrt.First + 2 // IToastNotifier.get_Setting
	historyRemoveGroupedTag     = winrt.First + 2 // IToastNotificationHistory.RemoveGroupedTagWithId
	historyClear                = winrt.First + 6 // IToastNotificationHistory.ClearWithId
	xmlLoad                     = winrt.First     // IXmlDocumentIO.LoadXml
)

// Values of NotificationSetting: who has switched notifications off.
const (
	OffForApplication = 1
	OffForUser        = 2
	OffByPolicy       = 3
)

// Group is that of all our toasts: by its tag alone Windows does not find one
// of a program without a package.
const Group = "mail"

// Notifier is what shows toasts in the name of AppID.
type Notifier struct{ object *winrt.Object }

// New asks for a Notifier, to be released. It is better asked for each time:
// one that is kept does not outlive a restart of the system's service.
func New() (n Notifier, err error) {
	manager, err := winrt.Factory(classManager, iidManager)
	if err != nil {
		return n, err
	}
	defer manager.Release()
	err = winrt.WithString(AppID, func(id uintptr) error {
		return manager.Call(managerCreateNotifierWithID, id, uintptr(unsafe.Pointer(&n.object)))
	})
	return n, err
}

// Release gives it back.
func (n Notifier) Release() { n.object.Release() }

// SwitchedOff says whether the user or a policy wants none of our
// notifications. Before the first one Windows does not know us, and fails.
func (n Notifier) SwitchedOff() bool {
	var setting int32
	if err := n.object.Call(notifierSetting, uintptr(unsafe.Pointer(&setting))); err != nil {
		return false
	}
	return setting == OffForApplication || setting == OffForUser || setting == OffByPolicy
}

// Show shows a toast.
func (n Notifier) Show(t Toast) error { return n.object.Call(notifierShow, t.object.Address()) }

// Toast is one notification.
type Toast struct{ object *winrt.Object }

// Release gives it back. One that nobody holds may not tell that it failed.
func (t Toast) Release() { t.object.Release() }

// Make makes a toast of its description, to be released; it replaces one with
// the same tag, of at most 16 characters. failed is called on any thread, and
// must not wait, if it turns out that the toast is not shown.
func Make(text, tag string, failed func(winrt.Result)) (t Toast, err error) {
	document, err := newXML(text)
	if err != nil {
		return t, err
	}
	defer document.Release()
	factory, err := winrt.Factory(classToast, iidToastFactory)
	if err != nil {
		return t, err
	}
	defer factory.Release()
	if err := factory.Call(factoryCreate, document.Address(), uintptr(unsafe.Pointer(&t.object))); err != nil {
		return t, err
	}
	if err := prepare(t.object, tag, failed); err != nil {
		t.Release()
		return Toast{}, err
	}
	return t, nil
}

func prepare(toast *winrt.Object, tag string, failed func(winrt.Result)) error {
	toast2, err := toast.Query(iidToast2)
	if err != nil {
		return err
	}
	defer toast2.Release()
	for _, name := range []struct {
		slot int
		text string
	}{{toast2PutTag, tag}, {toast2PutGroup, Group}} {
		if err := winrt.WithString(name.text, func(s uintptr) error { return toast2.Call(name.slot, s) }); err != nil {
			return err
		}
	}
	handler, release := winrt.Handler(iidFailedHandler, func(_, arguments uintptr) {
		var code winrt.Result
		if err := winrt.At(arguments).Call(failedErrorCode, uintptr(unsafe.Pointer(&code))); err == nil {
			failed(code)
		}
	})
	defer release()
	var token int64
	return toast.Call(toastAddFailed, handler, uintptr(unsafe.Pointer(&token)))
}

// newXML makes an IXmlDocument.
func newXML(text string) (*winrt.Object, error) {
	document, err := winrt.Activate(classXML)
	if err != nil {
		return nil, err
	}
	defer document.Release()
	reader, err := document.Query(iidXMLIO)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	if err := winrt.WithString(text, func(text uintptr) error { return reader.Call(xmlLoad, text) }); err != nil {
		return nil, err
	}
	return document.Query(iidXML)
}

// Remove takes a toast back, from the screen and from the notification centre,
// also one of an earlier process. If there is none, that may be
// winrt.ErrNotFound.
func Remove(tag string) error {
	return inHistory(func(history *winrt.Object, id uintptr) error {
		return winrt.WithString(tag, func(tag uintptr) error {
			return winrt.WithString(Group, func(group uintptr) error {
				return history.Call(historyRemoveGroupedTag, tag, group, id)
			})
		})
	})
}

// Clear takes all toasts back.
func Clear() error {
	return inHistory(func(history *winrt.Object, id uintptr) error { return history.Call(historyClear, id) })
}

// inHistory calls f with what is shown and kept, and with AppID.
func inHistory(f func(history *winrt.Object, id uintptr) error) error {
	manager, err := winrt.Factory(classManager, iidManager2)
	if err != nil {
		return err
	}
	defer manager.Release()
	var history *winrt.Object
	if err := manager.Call(manager2History, uintptr(unsafe.Pointer(&history))); err != nil {
		return err
	}
	defer history.Release()
	return winrt.WithString(AppID, func(id uintptr) error { return f(history, id) })
}
