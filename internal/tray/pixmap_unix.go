//go:build !darwin && !windows

package tray

import (
	"image"
	"image/color"
	"image/png"
	"io"
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

// straight wraps a PNG for systray.
func straight(icon []byte) []byte { return append([]byte(straightMagic), icon...) }

func decodeStraight(r io.Reader) (image.Image, error) {
	if _, err := io.CopyN(io.Discard, r, int64(len(straightMagic))); err != nil {
		return nil, err
	}
	img, err := png.Decode(r)
	if err != nil {
		return nil, err
	}
	return straightImage{img}, nil
}

type straightImage struct{ image.Image }

func (i straightImage) At(x, y int) color.Color {
	return straightColor(color.NRGBAModel.Convert(i.Image.At(x, y)).(color.NRGBA))
}

// straightColor is a color.NRGBA that returns its components as they are.
type straightColor color.NRGBA

func (c straightColor) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, uint32(c.A) * 0x101
}
