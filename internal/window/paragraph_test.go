//go:build cgo && !nowindow

package window

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// A paragraph is as high as its lines, and grows with what is said.
func TestParagraphHeight(t *testing.T) {
	test.NewTempApp(t)
	p := newText("没有找到邮件服务器，请检查地址。")
	w := test.NewWindow(p)
	defer w.Close()
	p.Resize(fyne.NewSize(1000, 100))
	one := p.MinSize().Height
	p.Resize(fyne.NewSize(120, 100))
	many := p.MinSize().Height
	lines := strings.Split(p.Text, "\n")
	if len(lines) < 3 || many <= 2*one-20 {
		t.Errorf("%q is %v high, a line %v", lines, many, one)
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "，") || strings.HasPrefix(line, "。") {
			t.Errorf("a line begins with %q", line)
		}
	}
	p.SetText("好")
	if p.MinSize().Height != one || p.Text != "好" {
		t.Errorf("%q is %v high", p.Text, p.MinSize().Height)
	}
}
