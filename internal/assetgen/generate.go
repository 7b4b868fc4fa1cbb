package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// Sizes in pixels: what the systems ask for at their usual scales.
const (
	traySize     = 48 // Linux: the host scales one pixmap
	templateSize = 32
	appSize      = 512
)

var (
	icoSizes    = []int{16, 20, 24, 32, 40, 48, 64}
	appIcoSizes = []int{16, 20, 24, 32, 40, 48, 64, 128, 256}
)

// generate returns every file by its name below assets.
func generate(svg []byte) (map[string][]byte, error) {
	g, err := newGlyphs()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, shape := range shapes {
		img, err := drawTemplate(shape, templateSize)
		if err != nil {
			return nil, err
		}
		if files["tray/"+shape+"-template.png"], err = encode(img); err != nil {
			return nil, err
		}
		for _, badge := range badges(shape) {
			draw := func(size int) (image.Image, error) { return drawTray(g, shape, badge, size) }
			name := fmt.Sprintf("tray/%s-%d", shape, badge)
			if files[name+".ico"], err = ico(draw, icoSizes); err != nil {
				return nil, err
			}
			img, err := drawTray(g, shape, badge, traySize)
			if err != nil {
				return nil, err
			}
			if files[name+".png"], err = encode(img); err != nil {
				return nil, err
			}
		}
	}
	app, err := drawSVG(svg)
	if err != nil {
		return nil, err
	}
	if files["icon.ico"], err = ico(app.at, appIcoSizes); err != nil {
		return nil, err
	}
	files["icon.png"], err = encode(app.RGBA)
	return files, err
}

// badges are the numbers that shape is drawn with; 0 is none.
func badges(shape string) []int {
	switch shape {
	case "none":
		return []int{0}
	case "unseen":
		return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, maxBadge}
	}
	return []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, maxBadge}
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}
