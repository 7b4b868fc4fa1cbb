//go:build !darwin && !windows

package tray

import (
	"bytes"
	"image/color"
	"image/png"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/platform/dbustest"
	"github.com/traymail/traymail/internal/trayview"
)

func view(badge int, tooltip string, uids ...string) trayview.View {
	shape := trayview.ShapeNone
	if badge > 0 {
		shape = trayview.ShapeUnseen
	}
	menu := list(tooltip, uids...)
	for i := range menu {
		if menu[i].ID == "check" {
			menu[i].Action = trayview.Action{Kind: trayview.ActCheck}
		}
		if menu[i].ID == "pause" {
			menu[i].Children[0].Action = trayview.Action{Kind: trayview.ActPause, For: 30 * time.Minute}
		}
	}
	return trayview.View{Icon: trayview.Icon{Shape: shape, Badge: badge}, Tooltip: tooltip, Menu: menu}
}

// pixels is the icon as a panel receives it in all sizes: ARGB, not multiplied
// by alpha.
func pixels(t *testing.T, icon trayview.Icon) (all []pixmap) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(assets.TrayIcon(string(icon.Shape), icon.Badge)))
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, size := range []int{16, 22, 24, 32, 48, 64} {
		p := pixmap{W: int32(size), H: int32(size)} //nolint:gosec // G115: at most 64
		for y := range size {
			for x := range size {
				c := color.NRGBAModel.Convert(img.At(left+x, y)).(color.NRGBA)
				p.Pix = append(p.Pix, c.A, c.R, c.G, c.B)
			}
		}
		all = append(all, p)
		left += size
	}
	return all
}

func (h *host) shows(v trayview.View) bool {
	h.t.Helper()
	same := func(a, b pixmap) bool { return a.W == b.W && a.H == b.H && bytes.Equal(a.Pix, b.Pix) }
	return slices.EqualFunc(h.icons(), pixels(h.t, v.Icon), same) &&
		h.tooltip() == v.Tooltip && outline(h.menu(), "") == drawn(v.Menu, "")
}

func TestTrayShowsViews(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	first := view(0, "nothing new")
	p := start(t, address, childOptions{Initial: first})
	p.expect("ready")
	panel.awaitItem()

	for name, want := range map[string]string{"Title": "traymail", "Id": "traymail", "Status": "Active"} {
		var got string
		if panel.property(name, &got); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var isMenu bool
	if panel.property("ItemIsMenu", &isMenu); isMenu {
		t.Error("a click on the icon would open the menu instead of the mailbox")
	}
	// The first answer that systray gives about the menu has no submenus.
	await(t, "the first view", func() bool { return panel.shows(first) })

	for _, v := range []trayview.View{
		view(3, "3 unseen", "a", "b", "c"),
		view(2, "2 unseen", "a", "c"),
		view(10, "12 unseen", "k", "j", "i", "h", "g", "f", "e", "d", "c", "a"),
		view(0, "nothing new"),
	} {
		p.show(v)
		await(t, v.Tooltip, func() bool { return panel.shows(v) })
	}
}

// Every change is announced, or the panel would go on showing the old one.
func TestTrayAnnouncesChanges(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	p := start(t, address, childOptions{Initial: view(1, "1 unseen", "a")})
	panel.awaitItem()
	p.expect("ready")

	next := view(2, "2 unseen", "b", "a")
	p.show(next)
	missing := map[string]bool{
		"org.kde.StatusNotifierItem.NewIcon":            true,
		"org.kde.StatusNotifierItem.NewToolTip":         true,
		"com.canonical.dbusmenu.ItemsPropertiesUpdated": true,
	}
	for len(missing) > 0 {
		select {
		case s := <-panel.signals:
			delete(missing, s.Name)
		case <-time.After(20 * time.Second):
			t.Fatalf("not announced: %v", missing)
		}
	}
}

// An icon that is to be out of sight is passive, from the start and for a panel
// that comes later, and says so each time.
func TestTrayHides(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	v := view(0, "nothing new")
	v.Hidden = true
	p := start(t, address, childOptions{Initial: v})
	p.expect("ready")
	panel.awaitItem()
	status := func() (got string) {
		panel.property("Status", &got)
		return got
	}
	await(t, "an icon that hides", func() bool { return status() == "Passive" })
	told := func(want string) {
		t.Helper()
		for {
			select {
			case s := <-panel.signals:
				if s.Name == "org.kde.StatusNotifierItem.NewStatus" && len(s.Body) == 1 && s.Body[0] == want {
					return
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("nobody is told of %s", want)
			}
		}
	}
	told("Passive")
	v = view(1, "1 unseen", "a")
	p.show(v)
	told("Active")
	if got := status(); got != "Active" {
		t.Errorf("with mail it is %s", got)
	}
	await(t, "the view", func() bool { return panel.shows(v) })
	v = view(0, "nothing new")
	v.Hidden = true
	p.show(v)
	told("Passive")
	panel.stop()
	panel = newHost(t, address)
	panel.awaitItem()
	if got := status(); got != "Passive" {
		t.Errorf("for another panel it is %s", got)
	}
	// What others may read they may not write.
	for name, value := range map[string]any{"Status": "Active", "ToolTip": toolTip{Title: "You have won"}, "Title": "another"} {
		err := panel.conn.Object(panel.item, itemPath).SetProperty("org.kde.StatusNotifierItem."+name, dbus.MakeVariant(value))
		if err == nil {
			t.Errorf("anybody can write %s", name)
		}
	}
}

func TestTrayLabelsAreEscaped(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	v := view(0, "x")
	v.Menu[0].Label = "snake_case & <b>"
	start(t, address, childOptions{Initial: v})
	panel.awaitItem()
	if got := panel.menu()[0].label; got != "snake__case & <b>" {
		t.Errorf("label is %q", got)
	}
}

func TestTrayClicks(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	v := view(2, "2 unseen", "a", "b")
	p := start(t, address, childOptions{Initial: v})
	p.expect("ready")
	panel.awaitItem()
	await(t, "the menu", func() bool { return panel.shows(v) })

	for label, want := range map[string]trayview.Action{
		"label check": {Kind: trayview.ActCheck},
		"label 30m":   {Kind: trayview.ActPause, For: 30 * time.Minute},
		"mail b":      {Kind: trayview.ActOpenMailbox, Account: "home", UID: "b"},
	} {
		panel.click(panel.find(panel.menu(), label))
		if got := p.expect("action").Action; got != want {
			t.Errorf("%s: %+v, want %+v", label, got, want)
		}
	}
	// An entry without an action does nothing; an entry that was moved to
	// another place means what it shows.
	panel.click(panel.find(panel.menu(), "label open"))
	v = view(2, "1 unseen", "b")
	p.show(v)
	await(t, "the next menu", func() bool { return panel.shows(v) })
	panel.click(panel.find(panel.menu(), "mail b"))
	if got := p.expect("action").Action.UID; got != "b" {
		t.Errorf("clicked %q", got)
	}
	// After the menu was rebuilt, too.
	v = view(0, "nothing new")
	p.show(v)
	await(t, "the rebuilt menu", func() bool { return panel.shows(v) })
	panel.click(panel.find(panel.menu(), "label check"))
	p.expect("action")
}

func TestTrayTap(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	p := start(t, address, childOptions{Initial: view(0, "x")})
	p.expect("ready")
	panel.awaitItem()
	activate := func() {
		t.Helper()
		if err := panel.conn.Object(panel.item, itemPath).Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
			t.Fatal(err)
		}
	}
	activate()
	activate() // a double click
	p.expect("tapped")
	panel.click(panel.find(panel.menu(), "label check"))
	p.expect("action") // and not "tapped" again
}

// D6: no click is lost while an earlier one is being handled.
func TestTrayKeepsClicksWhileBusy(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	v := view(5, "5 unseen", "a", "b", "c", "d", "e")
	p := start(t, address, childOptions{Initial: v, Slow: true})
	p.expect("ready")
	panel.awaitItem()
	await(t, "the menu", func() bool { return panel.shows(v) })
	menu := panel.menu()
	for _, uid := range []string{"a", "b", "c", "d", "e"} {
		panel.click(panel.find(menu, "mail "+uid))
	}
	got := map[string]bool{p.expect("action").Action.UID: true}
	// While the first is still being handled, views are applied.
	v.Tooltip = "still alive"
	p.show(v)
	await(t, "the tooltip", func() bool { return panel.tooltip() == v.Tooltip })
	for range 4 {
		p.send(command{Go: true})
		got[p.expect("action").Action.UID] = true
	}
	p.send(command{Go: true})
	if len(got) != 5 {
		t.Errorf("handled %v", got)
	}
}

// The panel starts after the tray, goes, and comes back: the icon is there
// each time, once.
func TestTraySurvivesPanelRestarts(t *testing.T) {
	address := dbustest.Start(t)
	v := view(3, "3 unseen", "a", "b", "c")
	p := start(t, address, childOptions{Initial: v})
	p.expect("ready")
	for range 3 {
		panel := newHost(t, address)
		panel.awaitItem()
		await(t, "the view", func() bool { return panel.shows(v) })
		panel.stop()
	}
}

// D2: any signal with fewer than three arguments ends systray's own watch.
// Ours goes on, also in the sandbox of a Flatpak, where the item may not have
// a name on the bus.
func TestTraySurvivesForeignSignals(t *testing.T) {
	for name, address := range map[string]string{
		"on a bus": dbustest.Start(t), "in a sandbox": dbustest.StartStrict(t, watcher),
	} {
		t.Run(name, func(t *testing.T) { surviveForeignSignals(t, address) })
	}
}

func surviveForeignSignals(t *testing.T, address string) {
	t.Helper()
	panel := newHost(t, address)
	v := view(3, "3 unseen", "a", "b", "c")
	p := start(t, address, childOptions{Initial: v})
	p.expect("ready")
	panel.awaitItem()
	panel.awaitLook() // by then systray listens for signals, too
	// As from a keyring's prompt, straight to systray's connection.
	foreign := dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath("/prompt")),
			dbus.FieldInterface:   dbus.MakeVariant("org.freedesktop.Secret.Prompt"),
			dbus.FieldMember:      dbus.MakeVariant("Completed"),
			dbus.FieldDestination: dbus.MakeVariant(panel.item),
		},
	}
	if call := panel.conn.Send(&foreign, nil); call != nil && call.Err != nil {
		t.Fatal(call.Err)
	}
	panel.stop()
	for range 2 {
		panel = newHost(t, address)
		panel.awaitItem()
		await(t, "the view", func() bool { return panel.shows(v) })
		panel.stop()
	}
}

// systray registers with a new panel, and so would we: only one may.
func TestTrayRegistersOnce(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	p := start(t, address, childOptions{Initial: view(1, "1 unseen", "a")})
	p.expect("ready")
	panel.awaitItem()
	panel.awaitLook()
	next := view(0, "quiet")
	p.show(next)
	await(t, "the next view", func() bool { return panel.shows(next) })
	select {
	case id := <-panel.registered:
		t.Errorf("registered again as %s", id)
	default:
	}
}

func TestNoTray(t *testing.T) {
	for name, address := range map[string]string{"no panel": dbustest.Start(t), "no bus": ""} {
		t.Run(name, func(t *testing.T) {
			p := start(t, address, childOptions{Initial: view(0, "x"), NoTrayAfter: 100 * time.Millisecond})
			told := []string{p.next().Kind, p.next().Kind} // in any order
			if slices.Sort(told); !slices.Equal(told, []string{"no-tray", "ready"}) {
				t.Fatal(told)
			}
			p.show(view(1, "still taken")) // nobody waits for ever
			p.show(view(2, "still taken"))
			if address == "" {
				return
			}
			panel := newHost(t, address)
			panel.awaitItem()
			v := view(2, "still taken")
			await(t, "the view", func() bool { return panel.shows(v) })
			select {
			case e := <-p.events:
				t.Errorf("unexpected %+v", e)
			default:
			}
		})
	}
}

func TestNoTrayIsNotToldWithAPanel(t *testing.T) {
	address := dbustest.Start(t)
	panel := newHost(t, address)
	p := start(t, address, childOptions{Initial: view(0, "x"), NoTrayAfter: 600 * time.Millisecond})
	p.expect("ready")
	panel.awaitItem()
	<-time.After(time.Second) // what must not happen can only be waited for
	panel.click(panel.find(panel.menu(), "label check"))
	p.expect("action")
}
