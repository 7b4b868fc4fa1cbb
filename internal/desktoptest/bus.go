package desktoptest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	secretsName = "org.freedesktop.secrets"
	secretsPath = dbus.ObjectPath("/org/freedesktop/secrets")
)

// bus watches the session bus as a bystander.
type bus struct {
	conn    *dbus.Conn
	monitor *dbus.Conn

	mu    sync.Mutex
	notes []Note
}

// Note is a call of Notify or CloseNotification, as it was seen on the bus.
type Note struct {
	// Closed is set for CloseNotification.
	Closed         bool
	Summary, Body  string
	Actions        []string
	Category, Icon string
	// Urgency is 0 to 2; 2 is critical.
	Urgency byte
}

func connect(address string) (*bus, error) {
	conn, err := dbus.Connect(address)
	if err != nil {
		return nil, err
	}
	b := &bus{conn: conn}
	if b.monitor, err = dbus.Connect(address); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	messages := make(chan *dbus.Message, 256)
	rules := []string{"type='method_call',interface='org.freedesktop.Notifications'"}
	if err := b.monitor.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, rules, uint32(0)).Err; err != nil {
		b.close()
		return nil, err
	}
	b.monitor.Eavesdrop(messages)
	go b.listen(messages)
	return b, nil
}

func (b *bus) listen(messages <-chan *dbus.Message) {
	for m := range messages {
		member, _ := m.Headers[dbus.FieldMember].Value().(string)
		note := Note{Closed: member == "CloseNotification"}
		if member == "Notify" && len(m.Body) >= 7 {
			note.Icon, _ = m.Body[2].(string)
			note.Summary, _ = m.Body[3].(string)
			note.Body, _ = m.Body[4].(string)
			note.Actions, _ = m.Body[5].([]string)
			hints, _ := m.Body[6].(map[string]dbus.Variant)
			note.Category, _ = hints["category"].Value().(string)
			note.Urgency, _ = hints["urgency"].Value().(byte)
		} else if !note.Closed {
			continue
		}
		b.mu.Lock()
		b.notes = append(b.notes, note)
		b.mu.Unlock()
	}
}

func (b *bus) close() {
	_ = b.conn.Close()
	if b.monitor != nil {
		_ = b.monitor.Close()
	}
}

func (b *bus) hasOwner(name string) bool {
	var has bool
	err := b.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has)
	return err == nil && has
}

// Notes are the notifications so far.
func (d *Desktop) Notes() []Note {
	d.bus.mu.Lock()
	defer d.bus.mu.Unlock()
	return append([]Note(nil), d.bus.notes...)
}

// TrayItem is an icon in the tray, as its program describes it.
type TrayItem struct {
	// Icon is a digest of the picture in all its sizes, and Sizes how many these
	// are.
	Icon  string
	Sizes int
	// Tooltip is its text.
	Tooltip string
	service string
	path    dbus.ObjectPath
	menu    dbus.ObjectPath
}

// TrayItems are the icons that the panel has been told of.
func (d *Desktop) TrayItems() ([]TrayItem, error) {
	watcher := d.bus.conn.Object(watcherName, "/StatusNotifierWatcher")
	v, err := watcher.GetProperty(watcherName + ".RegisteredStatusNotifierItems")
	if err != nil {
		return nil, err
	}
	names, _ := v.Value().([]string)
	var items []TrayItem
	for _, name := range names {
		service, path, _ := strings.Cut(name, "/")
		item := TrayItem{service: service, path: dbus.ObjectPath("/" + path)}
		var all map[string]dbus.Variant
		err := d.bus.conn.Object(service, item.path).Call("org.freedesktop.DBus.Properties.GetAll", 0, "org.kde.StatusNotifierItem").Store(&all)
		if err != nil {
			continue // it has just gone
		}
		item.Icon = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, all["IconPixmap"].Value())))[:12]
		if pictures, ok := all["IconPixmap"].Value().([][]any); ok {
			item.Sizes = len(pictures)
		}
		if tip, ok := all["ToolTip"].Value().([]any); ok && len(tip) >= 4 {
			item.Tooltip = fmt.Sprint(tip[2], tip[3])
		}
		item.menu, _ = all["Menu"].Value().(dbus.ObjectPath)
		items = append(items, item)
	}
	return items, nil
}

// MenuLabels are the labels of a tray menu, submenus included, in order.
func (d *Desktop) MenuLabels(ctx context.Context, item TrayItem) ([]string, error) {
	var revision uint32
	var layout struct {
		ID         int32
		Properties map[string]dbus.Variant
		Children   []dbus.Variant
	}
	err := d.bus.conn.Object(item.service, item.menu).CallWithContext(ctx, "com.canonical.dbusmenu.GetLayout", 0,
		int32(0), int32(-1), []string{}).Store(&revision, &layout)
	if err != nil {
		return nil, err
	}
	var labels []string
	var walk func([]dbus.Variant)
	walk = func(children []dbus.Variant) {
		for _, child := range children {
			parts, ok := child.Value().([]any)
			if !ok || len(parts) < 3 {
				continue
			}
			properties, _ := parts[1].(map[string]dbus.Variant)
			visible, set := properties["visible"].Value().(bool)
			if label, ok := properties["label"].Value().(string); ok && label != "" && (visible || !set) {
				labels = append(labels, label)
			}
			below, _ := parts[2].([]dbus.Variant)
			walk(below)
		}
	}
	walk(layout.Children)
	return labels, nil
}

// LockKeyring locks the login keyring, as a screen lock may.
func (d *Desktop) LockKeyring(ctx context.Context) error {
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	return d.bus.conn.Object(secretsName, secretsPath).CallWithContext(ctx, "org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{secretsPath + "/collection/login"}).Store(&locked, &prompt)
}

// UnlockKeyring unlocks it as logging in does: by the daemon's control socket,
// without a prompt. The message is a zero byte for the credentials, then in
// big-endian words its length, the operation (1, unlock), and the password's
// length and octets; the answer is a length and a result (0, done).
func (d *Desktop) UnlockKeyring(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(d.Dir, "run", "keyring", "control"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		return err
	}
	message := []byte{0}
	message = binary.BigEndian.AppendUint32(message, uint32(12+len(d.keyring))) //nolint:gosec // G115: a short password
	message = binary.BigEndian.AppendUint32(message, 1)
	message = binary.BigEndian.AppendUint32(message, uint32(len(d.keyring))) //nolint:gosec // G115: the same
	if _, err := conn.Write(append(message, d.keyring...)); err != nil {
		return err
	}
	answer := make([]byte, 8)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	if result := binary.BigEndian.Uint32(answer[4:]); result != 0 {
		return fmt.Errorf("the keyring was not unlocked: result %d", result)
	}
	return nil
}
