package main

import (
	"bytes"
	"fmt"
	"image"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/draw"
)

// svgPicture is an SVG drawn once at its own size. Smaller sizes are scaled
// from it: the library scales neither stroke widths nor gradients that are
// given in user space.
type svgPicture struct{ *image.RGBA }

// drawSVG draws a square SVG of appSize. Elements that the library does not
// know are errors, not gaps in the picture.
func drawSVG(svg []byte) (svgPicture, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg), oksvg.StrictErrorMode)
	if err != nil {
		return svgPicture{}, err
	}
	if b := icon.ViewBox; b.W != appSize || b.H != appSize {
		return svgPicture{}, fmt.Errorf("the view box is %g x %g, not %d square", b.W, b.H, appSize)
	}
	img := image.NewRGBA(image.Rect(0, 0, appSize, appSize))
	scanner := rasterx.NewScannerGV(appSize, appSize, img, img.Bounds())
	icon.Draw(rasterx.NewDasher(appSize, appSize, scanner), 1)
	return svgPicture{img}, nil
}

// at returns the picture at size pixels.
func (p svgPicture) at(size int) (image.Image, error) {
	if size == appSize {
		return p.RGBA, nil
	}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(img, img.Rect, p.RGBA, p.Rect, draw.Src, nil)
	return img, nil
}
