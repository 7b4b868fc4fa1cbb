package main

import (
	"bytes"
	"fmt"
	"image"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/draw"
)

// drawSVG draws a square SVG of appSize, at that size: the library scales
// neither stroke widths nor gradients in user space. Elements that it does
// not know are errors, not gaps in the picture.
func drawSVG(svg []byte) (*image.RGBA, error) {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	if b := icon.ViewBox; b.W != appSize || b.H != appSize {
		return nil, fmt.Errorf("the view box is %g x %g, not %d square", b.W, b.H, appSize)
	}
	img := image.NewRGBA(image.Rect(0, 0, appSize, appSize))
	scanner := rasterx.NewScannerGV(appSize, appSize, img, img.Bounds())
	icon.Draw(rasterx.NewDasher(appSize, appSize, scanner), 1)
	return img, nil
}

// scale returns a picture at size pixels.
func scale(p image.Image, size int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.CatmullRom.Scale(img, img.Rect, p, p.Bounds(), draw.Src, nil)
	return img
}
