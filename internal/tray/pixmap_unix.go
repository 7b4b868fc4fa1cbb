//go:build !darwin && !windows

package tray

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"

	"github.com/traymail/traymail/assets"
)

// systray turns an icon into the ARGB of a panel by taking the low byte of
// each 16-bit component that color.Color.RGBA returns. Those are multiplied
// by alpha, and their low byte is noise wherever a pixel is half transparent:
// coloured specks around the icon. So our icons go through an image format of
// our own, a PNG behind a few bytes, that decodes to colours which read the
// same from either byte and are not multiplied, as panels expect them.

const straightMagic = "traymail straight alpha\n"

func init() {
	image.RegisterFormat("straight", straightMagic, decodeStraight, func(r io.Reader) (image.Config, error) {
		if _, err := io.CopyN(io.Discard, r, int64(len(straightMagic))); err != nil {
			return image.Config{}, err
		}
		return png.DecodeConfig(r)
	})
}

// straight wraps a strip of icons for systray, which takes the one of 48 pixels.
func straight(strip []byte) []byte { return append([]byte(straightMagic), strip...) }

// pixmap is a picture as a StatusNotifierItem has it: ARGB, not multiplied by
// alpha, in lines from the top.
type pixmap struct {
	W, H int32
	Pix  []byte
}

// pixmaps are a strip of icons, each size drawn for itself. systray publishes
// one picture, which panels scale, and a number of 16 pixels comes out of 48 as
// mush.
func pixmaps(strip []byte) ([]pixmap, error) {
	img, err := png.Decode(bytes.NewReader(strip))
	if err != nil {
		return nil, err
	}
	pictures := make([]pixmap, len(assets.TraySizes))
	for i, size := range assets.TraySizes {
		at := assets.TrayPicture(i)
		p := pixmap{int32(size), int32(size), make([]byte, 0, 4*size*size)} //nolint:gosec // G115: at most 64
		for y := at.Min.Y; y < at.Max.Y; y++ {
			for x := at.Min.X; x < at.Max.X; x++ {
				c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
				p.Pix = append(p.Pix, c.A, c.R, c.G, c.B)
			}
		}
		pictures[i] = p
	}
	return pictures, nil
}

func decodeStraight(r io.Reader) (image.Image, error) {
	if _, err := io.CopyN(io.Discard, r, int64(len(straightMagic))); err != nil {
		return nil, err
	}
	img, err := png.Decode(r)
	if err != nil {
		return nil, err
	}
	usual := slices.Index(assets.TraySizes, 48)
	cut, ok := img.(interface {
		SubImage(r image.Rectangle) image.Image
	})
	if !ok {
		return nil, fmt.Errorf("a strip of %T", img)
	}
	return straightImage{cut.SubImage(assets.TrayPicture(usual))}, nil
}

type straightImage struct{ image.Image }

// Bounds begin at 0, as systray expects.
func (i straightImage) Bounds() image.Rectangle { return i.Image.Bounds().Sub(i.Image.Bounds().Min) }

func (i straightImage) At(x, y int) color.Color {
	at := i.Image.Bounds().Min
	return straightColor(color.NRGBAModel.Convert(i.Image.At(at.X+x, at.Y+y)).(color.NRGBA))
}

// straightColor is a color.NRGBA that returns its components as they are.
type straightColor color.NRGBA

func (c straightColor) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, uint32(c.A) * 0x101
}
