package tray

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/trayview"
)

// fakeMenu is a native menu on paper. It counts what was done to it.
type fakeMenu struct {
	root   *fakeItem
	ops    []string
	resets int
}

type fakeItem struct {
	menu             *fakeMenu
	title            string
	disabled, hidden bool
	line             bool
	children         []*fakeItem
	ch               chan struct{}
}

func newFakeMenu() *fakeMenu {
	m := &fakeMenu{}
	m.root = &fakeItem{menu: m}
	return m
}

func (m *fakeMenu) in(parent nativeItem) *fakeItem {
	if parent == nil {
		return m.root
	}
	return parent.(*fakeItem)
}

func (m *fakeMenu) add(parent nativeItem, label string) nativeItem {
	item := &fakeItem{menu: m, title: label, ch: make(chan struct{}, 1)}
	p := m.in(parent)
	p.children = append(p.children, item)
	m.ops = append(m.ops, "add")
	return item
}

func (m *fakeMenu) separator(parent nativeItem) {
	p := m.in(parent)
	p.children = append(p.children, &fakeItem{menu: m, line: true})
	m.ops = append(m.ops, "separator")
}

func (m *fakeMenu) reset() {
	m.root.children = nil
	m.ops = append(m.ops, "reset")
	m.resets++
}

func (i *fakeItem) op(name string) { i.menu.ops = append(i.menu.ops, name) }

func (i *fakeItem) SetTitle(s string)     { i.op("title"); i.title = s }
func (i *fakeItem) Enable()               { i.op("enable"); i.disabled = false }
func (i *fakeItem) Disable()              { i.op("disable"); i.disabled = true }
func (i *fakeItem) Show()                 { i.op("show"); i.hidden = false }
func (i *fakeItem) Hide()                 { i.op("hide"); i.hidden = true }
func (i *fakeItem) clicks() chan struct{} { return i.ch }

// text draws the menu as a person sees it, one entry per line.
func (i *fakeItem) text(indent string) string {
	var b strings.Builder
	for _, c := range i.children {
		switch {
		case c.hidden:
		case c.line:
			b.WriteString(indent + "--\n")
		case c.disabled:
			b.WriteString(indent + "(" + c.title + ")\n")
		default:
			b.WriteString(indent + c.title + "\n")
		}
		if !c.hidden {
			b.WriteString(c.text(indent + "  "))
		}
	}
	return b.String()
}

// drawn is what the user should see of items.
func drawn(items []trayview.MenuItem, indent string) string {
	var b strings.Builder
	for _, item := range items {
		switch {
		case item.Separator:
			b.WriteString(indent + "--\n")
		case item.Disabled:
			b.WriteString(indent + "(" + item.Label + ")\n")
		default:
			b.WriteString(indent + item.Label + "\n")
		}
		b.WriteString(drawn(item.Children, indent+"  "))
	}
	return b.String()
}

func entry(id string) trayview.MenuItem { return trayview.MenuItem{ID: id, Label: "label " + id} }

func message(uid string) trayview.MenuItem {
	return trayview.MenuItem{
		ID: "mail:" + uid, Label: "mail " + uid,
		Action: trayview.Action{Kind: trayview.ActOpenMailbox, Account: "home", UID: uid},
	}
}

func separator() trayview.MenuItem { return trayview.MenuItem{Separator: true} }

func submenu(id string, children ...trayview.MenuItem) trayview.MenuItem {
	item := entry(id)
	item.Children = children
	return item
}

// list is a menu like ours: status, messages, commands.
func list(status string, uids ...string) []trayview.MenuItem {
	items := []trayview.MenuItem{{ID: "status", Label: status, Disabled: true}, entry("open")}
	if len(uids) > 0 {
		items = append(items, separator())
		for _, uid := range uids {
			items = append(items, message(uid))
		}
	}
	return append(items, separator(), entry("check"), submenu("pause", entry("30m"), entry("1h")), separator(), entry("quit"))
}

func TestMenuChangesOnlyWhatDiffers(t *testing.T) {
	disabled := list("1 unseen", "a")
	disabled[5].Disabled = true
	paused := list("1 unseen", "a")
	paused[6].Children = []trayview.MenuItem{entry("resume")}
	grown := list("1 unseen", "a")
	grown[6].Children = append(grown[6].Children, entry("tomorrow"))
	for _, test := range []struct {
		name     string
		from, to []trayview.MenuItem
		ops      string
	}{
		{"nothing", list("1 unseen", "a"), list("1 unseen", "a"), ""},
		{"status", list("1 unseen", "a"), list("checking", "a"), "title"},
		{"disabled", list("1 unseen", "a"), disabled, "disable"},
		{"enabled", disabled, list("1 unseen", "a"), "enable"},
		{"one message less, in the middle", list("x", "a", "b", "c"), list("x", "a", "c"), "hide"},
		{"the first one less", list("x", "a", "b", "c"), list("x", "b", "c"), "hide"},
		{"one more at the end", list("x", "a"), list("x", "a", "b"), "title show"},
		{"one more before", list("x", "a"), list("x", "b", "a"), "title title show"},
		{"fewer entries in a submenu", list("1 unseen", "a"), paused, "title hide"},
		{"more entries in a submenu", list("1 unseen", "a"), grown, "reset"},
		{"another section", list("x"), list("x", "a"), "reset"},
		{"a section less", list("x", "a"), list("x"), "reset"},
	} {
		t.Run(test.name, func(t *testing.T) {
			native := newFakeMenu()
			m := menu{native: native}
			m.show(test.from)
			native.ops = nil
			m.show(test.to)
			ops := strings.Join(native.ops, " ")
			if test.ops == "reset" {
				ops, _, _ = strings.Cut(ops, " ")
			}
			if ops != test.ops {
				t.Errorf("did %q, want %q", ops, test.ops)
			}
			if got, want := native.root.text(""), drawn(test.to, ""); got != want {
				t.Errorf("shows\n%swant\n%s", got, want)
			}
		})
	}
}

// Up to ten messages come and go without the menu being torn down.
func TestMenuHasRoomForTenMessages(t *testing.T) {
	native := newFakeMenu()
	m := menu{native: native}
	for _, n := range []int{1, 2, 10, 3, 10, 1} {
		var uids []string
		for i := range n {
			uids = append(uids, fmt.Sprint(100*n+i))
		}
		m.show(list(fmt.Sprint(n), uids...))
		if got, want := native.root.text(""), drawn(list(fmt.Sprint(n), uids...), ""); got != want {
			t.Fatalf("%d: shows\n%swant\n%s", n, got, want)
		}
	}
	if native.resets != 0 {
		t.Errorf("%d resets", native.resets)
	}
}

// Whatever menu follows whatever other, what is seen is what was asked for,
// and a click on it hits the entry that is seen.
func TestMenuShowsAnything(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1)) // #nosec G404 -- test data
		native := newFakeMenu()
		m := menu{native: native}
		for range 20 {
			items := random(r, 2)
			m.show(items)
			if got, want := native.root.text(""), drawn(items, ""); got != want {
				t.Fatalf("seed %d: shows\n%swant\n%s", seed, got, want)
			}
			hit, cases := targets(m.slots)
			if len(hit) != len(cases) {
				t.Fatalf("seed %d: %d targets, %d channels", seed, len(hit), len(cases))
			}
			for i, s := range hit {
				item := s.native.(*fakeItem)
				if cases[i].Chan.Pointer() == 0 || !s.hidden && item.title != s.shown.Label {
					t.Fatalf("seed %d: a click on %q is taken for %q", seed, item.title, s.shown.Label)
				}
			}
		}
	}
}

func random(r *rand.Rand, depth int) []trayview.MenuItem {
	var items []trayview.MenuItem
	for range r.IntN(8) {
		switch item := entry(fmt.Sprint(r.IntN(6))); r.IntN(6) {
		case 0:
			items = append(items, separator())
		case 1:
			items = append(items, message(fmt.Sprint(r.IntN(9))))
		case 2:
			if depth > 0 {
				item.Children = random(r, depth-1)
			}
			fallthrough
		default:
			item.Disabled = r.IntN(4) == 0
			items = append(items, item)
		}
	}
	return items
}
