//go:build cgo && !nowindow

package window

import (
	"bytes"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// Unseen rows are darker than seen ones in any script, and no row is higher.
func TestUnseenRowsAreBold(t *testing.T) {
	a := test.NewTempApp(t)
	bold, err := boldEastAsian("en")
	if err != nil {
		t.Fatal(err)
	}
	l := newLook(settings.ThemeLight)
	l.bold = bold
	a.Settings().SetTheme(l)
	loc := locale.New("en")
	ink := func(subject string, seen bool) (sum, height int) {
		row := newMailRow()
		row.show(api.Mail{From: subject, Subject: subject, Seen: seen}, pictureTime, loc)
		row.dot.Hide()
		row.subject.color = theme.ColorNameForeground
		row.Resize(fyne.NewSize(400, row.MinSize().Height))
		picture := software.Render(row, l)
		sum = -picture.Bounds().Dx() * picture.Bounds().Dy() * (0xff - int(color.GrayModel.Convert(picture.At(0, 0)).(color.Gray).Y))
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				sum += 0xff - int(color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y)
			}
		}
		return sum, int(row.MinSize().Height)
	}
	_, usual := ink("Lunch at noon?", true)
	for _, subject := range []string{"Lunch at noon?", "会议改到星期三下午", "會議改到星期三下午", "あしたのかいぎ", "회의 시간 변경", "Re: 会议 tomorrow"} {
		regular, height := ink(subject, true)
		heavy, _ := ink(subject, false)
		if heavy*10 < regular*11 || height != usual {
			t.Errorf("%s: %d of ink when seen, %d when not; %d high", subject, regular, heavy, height)
		}
	}
}

// The bold font of the system, which the tests need to have, has the letters of
// East Asia, blanks and no others, so that these and the height of a line stay Fyne’s.
func TestBoldEastAsian(t *testing.T) {
	for _, reader := range []string{"en", "zh-Hans", "zh-CN", "ja", "ko"} {
		bold, err := boldEastAsian(reader)
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		face, err := font.ParseTTF(bytes.NewReader(bold.Content()))
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		for _, r := range "中國学あア한。，！ \u00a0" {
			if !covers(face, r) {
				t.Errorf("%s: there is no %c", reader, r)
			}
		}
		for _, r := range "Aé9.Яα" {
			if covers(face, r) {
				t.Errorf("%s: there is %c", reader, r)
			}
		}
		regular, err := font.ParseTTF(bytes.NewReader(theme.DefaultTextFont().Content()))
		if err != nil || covers(regular, '中') {
			t.Errorf("Fyne's own font has them: %v", err)
		}
	}
}

func TestHasEastAsian(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "Lunch at noon?": false, "Überraschung – “ok”": false, "Привет": false, "Re: 会议": true, "ひらがな": true, "한국어": true, "📧": false,
	} {
		if got := hasEastAsian(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
