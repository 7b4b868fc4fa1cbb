//go:build cgo && !nowindow

package window

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif"  // are read
	_ "image/jpeg" // are read
	_ "image/png"  // are read
	"io"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // are read

	"github.com/traymail/traymail/internal/message"
)

// Bounds of a picture that is shown: of its file and of what it is decoded to in
// octets, and of what is drawn in pixels.
const (
	maxPictureFile = 40 << 20
	maxPicture     = 160 << 20
	drawnSide      = 2048
)

// depth is how many octets a pixel takes.
func depth(m color.Model) int {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel, color.AlphaModel:
		return 1
	case color.YCbCrModel:
		return 3
	}
	return 4
}

var pictureTypes = []string{"image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp"}

func isPicture(f message.File) bool { return slices.Contains(pictureTypes, f.Type) }

var errPicture = errors.New("no picture that can be shown")

// showPicture shows a picture over the window.
func (a *attachBar) showPicture(i int) {
	a.withFile(i, func(got *spooled, f message.Attachment) {
		goRun(a.bridge, func(context.Context) (image.Image, error) {
			var raw bytes.Buffer
			if err := got.write(&bounded{&raw, maxPictureFile}, &f); err != nil {
				return nil, err
			}
			return decodePicture(raw.Bytes())
		}, func(picture image.Image, err error) {
			switch {
			case errors.Is(err, errPicture):
				a.say(toneError, a.loc.T("window.files.no_picture"))
			case err != nil:
				a.failed(err)
			default:
				a.display(f.Name, picture)
			}
		})
	})
}

// bounded takes no more than room octets.
type bounded struct {
	w    io.Writer
	room int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, errPicture
	}
	return b.w.Write(p)
}

// decodePicture decodes a picture of a size that its own header promises, and
// makes it no larger than what is drawn.
func decodePicture(raw []byte) (picture image.Image, err error) {
	defer func() {
		if recover() != nil { // a decoder that a stranger's file has broken
			picture, err = nil, errPicture
		}
	}()
	config, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || config.Width <= 0 || config.Height <= 0 || config.Width > maxPicture/depth(config.ColorModel)/config.Height {
		return nil, errPicture
	}
	picture, _, err = image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, errPicture
	}
	size := picture.Bounds().Size()
	larger := max(size.X, size.Y)
	if larger <= drawnSide {
		return picture, nil
	}
	small := image.NewNRGBA(image.Rect(0, 0, max(1, size.X*drawnSide/larger), max(1, size.Y*drawnSide/larger)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return small, nil
}

func (a *attachBar) display(name string, picture image.Image) {
	shown := canvas.NewImageFromImage(picture)
	shown.FillMode, shown.ScaleMode = canvas.ImageFillContain, canvas.ImageScaleSmooth
	room := a.dialogs.window.Canvas().Size().SubtractWidthHeight(120, 180)
	size := picture.Bounds().Size()
	scale := min(1, room.Width/float32(size.X), room.Height/float32(size.Y))
	shown.SetMinSize(fyne.NewSize(max(160, float32(size.X)*scale), max(60, float32(size.Y)*scale)))
	box := dialog.NewCustomWithoutButtons(clipped(name), container.NewStack(shown), a.dialogs.window)
	closing := newButton(a.keys, a.loc.T("window.close"), nil, box.Hide)
	box.SetButtons([]fyne.CanvasObject{closing})
	a.dialogs.show(box)
	a.dialogs.window.Canvas().Focus(closing)
}

// clipped keeps a title of a stranger's short.
func clipped(title string) string {
	const most = 60
	if r := []rune(title); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return title
}
