//go:build !darwin && !windows

package tray

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// What the property Status of an item can be. Whether a passive one is out of
// sight is for the panel to say; most hide it.
const (
	statusActive  = "Active"
	statusPassive = "Passive"
)

// toolTip is the property of that name.
type toolTip struct {
	Name  string
	Icons []pixmap
	Title string
	Text  string
}

// item is what panels are told of systray's item in systray's place: it can
// neither offer several pictures nor say that the item is passive.
var item struct {
	sync.Mutex
	conn *dbus.Conn
	// properties are nil until systray has exported the item. A value is
	// replaced and never changed: it may be on its way to a panel.
	properties map[string]dbus.Variant
	status     string
}

const propertiesIface = "org.freedesktop.DBus.Properties"

// itemProperties answers for that interface. Nobody on the bus can write what
// is shown.
type itemProperties struct{}

// Get implements org.freedesktop.DBus.Properties.Get.
func (itemProperties) Get(iface, name string) (value dbus.Variant, failure *dbus.Error) {
	item.Lock()
	defer item.Unlock()
	value, ok := item.properties[name]
	switch {
	case iface != itemIface:
		return value, prop.ErrIfaceNotFound
	case !ok:
		return value, prop.ErrPropNotFound
	}
	return value, nil
}

// GetAll implements org.freedesktop.DBus.Properties.GetAll.
func (itemProperties) GetAll(iface string) (map[string]dbus.Variant, *dbus.Error) {
	if iface != itemIface {
		return nil, prop.ErrIfaceNotFound
	}
	item.Lock()
	defer item.Unlock()
	return maps.Clone(item.properties), nil
}

// Set implements org.freedesktop.DBus.Properties.Set.
func (itemProperties) Set(_, _ string, _ dbus.Variant) *dbus.Error { return prop.ErrReadOnly }

// takeItem has panels ask us for the properties of systray's item, once there
// is one; until then it fails. first: it was the first time.
func takeItem(ctx context.Context, shared *dbus.Conn) (first bool, err error) {
	item.Lock()
	defer item.Unlock()
	if item.properties != nil {
		return false, nil
	}
	// Asked of itself, it says whether systray has come so far. That it has a
	// name of its own says less: a Flatpak may not take one.
	var said map[string]dbus.Variant
	err = shared.Object(shared.Names()[0], itemPath).CallWithContext(ctx, propertiesIface+".GetAll", 0, itemIface).Store(&said)
	if err != nil {
		return false, fmt.Errorf("our item is not there yet: %w", err)
	}
	// What was read as structures of any kind would not be written as such.
	var pictures []pixmap
	var tip toolTip
	icon, tooltip := said["IconPixmap"], said["ToolTip"]
	if err := errors.Join(icon.Store(&pictures), tooltip.Store(&tip)); err != nil {
		return false, fmt.Errorf("systray's item is another than ever: %w", err)
	}
	for name, value := range map[string]any{"IconPixmap": pictures, "ToolTip": tip, "Status": status()} {
		said[name] = dbus.MakeVariant(value)
	}
	if err := shared.Export(itemProperties{}, itemPath, propertiesIface); err != nil {
		return false, err
	}
	item.conn, item.properties = shared, said
	return true, nil
}

// status is the item's, with item's lock held.
func status() string {
	if item.status == "" {
		return statusActive
	}
	return item.status
}

// tell changes a property of the item and has panels told by a signal. It says
// whether there is an item of ours; where the bus is gone, so is the panel.
func tell(name string, value any, signal string, body ...any) bool {
	item.Lock()
	defer item.Unlock()
	if item.properties == nil {
		return false
	}
	changed := map[string]dbus.Variant{name: dbus.MakeVariant(value)}
	item.properties[name] = changed[name]
	_ = item.conn.Emit(itemPath, propertiesIface+".PropertiesChanged", itemIface, changed, []string{})
	_ = item.conn.Emit(itemPath, itemIface+"."+signal, body...)
	return true
}
