//go:build !darwin && !windows

package tray

import (
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

// host is a panel: the StatusNotifierWatcher, and what it asks of an item.
type host struct {
	t          *testing.T
	conn       *dbus.Conn
	props      *prop.Properties
	registered chan string // "sender/path" of each RegisterStatusNotifierItem
	signals    chan *dbus.Signal
	item       string // the sender of the item that registered last
}

// newHost starts a panel on the bus at address.
func newHost(t *testing.T, address string) *host {
	t.Helper()
	h := &host{t: t, registered: make(chan string, 100), signals: make(chan *dbus.Signal, 1000)}
	h.conn = dbustest.Connect(t, address)
	var err error
	h.props, err = prop.Export(h.conn, watcherPath, prop.Map{watcher: {
		"RegisteredStatusNotifierItems":  {Value: []string{}, Emit: prop.EmitTrue},
		"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.conn.Export(registrar{h}, watcherPath, watcher); err != nil {
		t.Fatal(err)
	}
	h.conn.Signal(h.signals)
	for _, iface := range []string{"org.kde.StatusNotifierItem", "com.canonical.dbusmenu"} {
		if err := h.conn.AddMatchSignal(dbus.WithMatchInterface(iface)); err != nil {
			t.Fatal(err)
		}
	}
	dbustest.Own(t, h.conn, watcher)
	return h
}

// registrar exports only the one method.
type registrar struct{ h *host }

func (r registrar) RegisterStatusNotifierItem(service string, sender dbus.Sender) *dbus.Error {
	id := string(sender) + service
	items := r.h.props.GetMust(watcher, "RegisteredStatusNotifierItems").([]string)
	r.h.props.SetMust(watcher, "RegisteredStatusNotifierItems", append(items[:len(items):len(items)], id))
	r.h.registered <- id
	return nil
}

// stop ends the panel.
func (h *host) stop() { _ = h.conn.Close() }

// awaitItem waits for a registration.
func (h *host) awaitItem() {
	h.t.Helper()
	select {
	case id := <-h.registered:
		var ok bool
		if h.item, ok = strings.CutSuffix(id, itemPath); !ok {
			h.t.Fatalf("registered %q", id)
		}
	case <-time.After(20 * time.Second):
		h.t.Fatal("no item registers")
	}
}

// awaitLook waits until the tray has looked whether it is registered, after
// which it sets icon and tooltip once more.
func (h *host) awaitLook() {
	h.t.Helper()
	for {
		select {
		case s := <-h.signals:
			if s.Name == "org.kde.StatusNotifierItem.NewToolTip" {
				return
			}
		case <-time.After(20 * time.Second):
			h.t.Fatal("the tray does not look for its registration")
		}
	}
}

func (h *host) property(name string, value any) {
	h.t.Helper()
	v, err := h.conn.Object(h.item, itemPath).GetProperty("org.kde.StatusNotifierItem." + name)
	if err == nil {
		err = v.Store(value)
	}
	if err != nil {
		h.t.Fatalf("%s: %v", name, err)
	}
}

// icons are those that the item offers.
func (h *host) icons() (icons []pixmap) {
	h.t.Helper()
	h.property("IconPixmap", &icons)
	return icons
}

func (h *host) tooltip() string {
	h.t.Helper()
	var tip struct {
		Name  string
		Icons []pixmap
		Title string
		Text  string
	}
	h.property("ToolTip", &tip)
	return tip.Title
}

// node is an entry as a panel sees it.
type node struct {
	id       int32
	label    string
	line     bool
	enabled  bool
	children []node
}

type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// menu asks for the whole visible menu.
func (h *host) menu() []node {
	h.t.Helper()
	var revision uint32
	var root layout
	call := h.conn.Object(h.item, itemPath+"/menu").Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		h.t.Fatal(err)
	}
	return h.nodes(root)
}

func (h *host) nodes(l layout) []node {
	h.t.Helper()
	var all []node
	for _, v := range l.Children {
		var c layout
		if err := v.Store(&c); err != nil {
			h.t.Fatal(err)
		}
		n := node{id: c.ID, enabled: true, children: h.nodes(c)}
		visible := true
		for key, to := range map[string]any{"label": &n.label, "enabled": &n.enabled, "visible": &visible} {
			if p, ok := c.Properties[key]; ok {
				if err := p.Store(to); err != nil {
					h.t.Fatal(err)
				}
			}
		}
		n.line = c.Properties["type"].Value() == "separator"
		if visible {
			all = append(all, n)
		}
	}
	return all
}

// outline draws nodes like drawn draws app.MenuItems.
func outline(nodes []node, indent string) string {
	var b strings.Builder
	for _, n := range nodes {
		switch {
		case n.line:
			b.WriteString(indent + "--\n")
		case !n.enabled:
			b.WriteString(indent + "(" + n.label + ")\n")
		default:
			b.WriteString(indent + n.label + "\n")
		}
		b.WriteString(outline(n.children, indent+"  "))
	}
	return b.String()
}

// find returns the entry with a label.
func (h *host) find(nodes []node, label string) node {
	h.t.Helper()
	for _, n := range nodes {
		if n.label == label {
			return n
		}
		for _, c := range n.children {
			if c.label == label {
				return c
			}
		}
	}
	h.t.Fatalf("no %q in\n%s", label, outline(nodes, ""))
	panic("unreachable")
}

func (h *host) click(n node) {
	h.t.Helper()
	err := h.conn.Object(h.item, itemPath+"/menu").Call("com.canonical.dbusmenu.Event", 0,
		n.id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err
	if err != nil {
		h.t.Fatal(err)
	}
}

// await polls until ok, for things that no signal announces for sure.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timeout: %s", what)
		}
	}
}
