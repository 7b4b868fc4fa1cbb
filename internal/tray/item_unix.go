//go:build !darwin && !windows

package tray

import (
	"context"
	"errors"
	"fmt"
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
	conn   *dbus.Conn
	props  *prop.Properties // nil until systray has exported the item
	status string
}

// itemProperties are those of the item on the bus, where systray's own could be
// written by anybody.
type itemProperties struct{ *prop.Properties }

// Set implements org.freedesktop.DBus.Properties.Set.
func (itemProperties) Set(_, _ string, _ dbus.Variant) *dbus.Error { return prop.ErrReadOnly }

// takeItem has panels ask us for the properties of systray's item, once there
// is one; until then it fails. first: it was the first time.
func takeItem(ctx context.Context, shared *dbus.Conn) (first bool, err error) {
	item.Lock()
	defer item.Unlock()
	if item.props != nil {
		return false, nil
	}
	// Asked of itself, it says whether systray has come so far. That it has a
	// name of its own says less: a Flatpak may not take one.
	var said map[string]dbus.Variant
	err = shared.Object(shared.Names()[0], itemPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.GetAll", 0, itemIface).Store(&said)
	if err != nil {
		return false, fmt.Errorf("our item is not there yet: %w", err)
	}
	table := map[string]*prop.Prop{}
	for name, value := range said {
		table[name] = &prop.Prop{Value: value.Value(), Emit: prop.EmitTrue}
	}
	var pictures []pixmap
	var tip toolTip
	icon, tooltip := said["IconPixmap"], said["ToolTip"]
	if err := errors.Join(icon.Store(&pictures), tooltip.Store(&tip)); err != nil {
		return false, fmt.Errorf("systray's item is another than ever: %w", err)
	}
	for name, value := range map[string]any{"IconPixmap": pictures, "ToolTip": tip, "Status": status()} {
		table[name] = &prop.Prop{Value: value, Writable: true, Emit: prop.EmitTrue}
	}
	props, err := prop.Export(shared, itemPath, prop.Map{itemIface: table})
	if err == nil {
		err = shared.Export(itemProperties{props}, itemPath, "org.freedesktop.DBus.Properties")
	}
	if err != nil {
		return false, err
	}
	item.conn, item.props = shared, props
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
	if item.props == nil {
		return false
	}
	if item.props.Set(itemIface, name, dbus.MakeVariant(value)) == nil {
		_ = item.conn.Emit(itemPath, itemIface+"."+signal, body...)
	}
	return true
}
