package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"strings"

	"github.com/traymail/traymail/assets"
)

// Sizes in pixels: what the systems ask for at their usual scales.
const (
	templateSize = 32
	appSize      = 512
)

var (
	// Linux: the panel takes the one that fits. Where it has to scale, a small
	// number is mush.
	pixmapSizes  = assets.TraySizes
	icoSizes     = []int{16, 20, 24, 32, 40, 48, 64}
	appIcoSizes  = []int{16, 20, 24, 32, 40, 48, 64, 128, 256}
	hicolorSizes = []int{16, 22, 24, 32, 48, 64, 128, 256, 512}
)

// appID names the application's icon for a Linux desktop.
const appID = "io.github.traymail.traymail"

// generate draws every file, by its name below assets: one picture for a PNG,
// several for an ICO or ICNS.
func generate(svg []byte) (map[string][]image.Image, error) {
	g, err := newGlyphs()
	if err != nil {
		return nil, err
	}
	files := map[string][]image.Image{}
	for _, shape := range shapes {
		template, err := drawTemplate(shape, templateSize)
		if err != nil {
			return nil, err
		}
		files["tray/"+shape+"-template.png"] = []image.Image{template}
		for _, badge := range badges(shape) {
			name := fmt.Sprintf("tray/%s-%d", shape, badge)
			if badge == dotBadge {
				name = "tray/" + shape + "-dot"
			}
			for _, size := range icoSizes {
				img, err := drawTray(g, shape, badge, size)
				if err != nil {
					return nil, err
				}
				files[name+".ico"] = append(files[name+".ico"], img)
			}
			strip, err := drawStrip(g, shape, badge)
			if err != nil {
				return nil, err
			}
			files[name+".png"] = []image.Image{strip}
		}
	}
	app, err := drawSVG(svg)
	if err != nil {
		return nil, err
	}
	files["icon.png"] = []image.Image{app}
	for _, size := range appIcoSizes {
		files["icon.ico"] = append(files["icon.ico"], scale(app, size))
	}
	for _, picture := range icnsPictures {
		files["icon.icns"] = append(files["icon.icns"], scale(app, picture.size))
	}
	return files, nil
}

// strip is as large as all pixmaps side by side.
func strip() (all image.Rectangle) {
	for i := range pixmapSizes {
		all = all.Union(assets.TrayPicture(i))
	}
	return all
}

// drawStrip draws an icon in all sizes of pixmaps, side by side.
func drawStrip(g *glyphs, shape string, badge int) (image.Image, error) {
	all := image.NewNRGBA(strip())
	for i, size := range pixmapSizes {
		img, err := drawTray(g, shape, badge, size)
		if err != nil {
			return nil, err
		}
		draw.Draw(all, assets.TrayPicture(i), img, image.Point{}, draw.Src)
	}
	return all, nil
}

// badges are what shape is drawn with: numbers, 0 for none, and the dot.
func badges(shape string) []int {
	switch shape {
	case "none":
		return []int{0}
	case "unseen":
		return []int{dotBadge, 1, 2, 3, 4, 5, 6, 7, 8, 9, maxBadge}
	}
	return []int{dotBadge, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, maxBadge}
}

// encode writes pictures in the format that name ends in.
func encode(name string, pictures []image.Image) ([]byte, error) {
	var encoded [][]byte
	for _, img := range pictures {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
			return nil, err
		}
		encoded = append(encoded, b.Bytes())
	}
	switch {
	case strings.HasSuffix(name, ".ico"):
		return ico(pictures, encoded), nil
	case strings.HasSuffix(name, ".icns"):
		return icns(encoded), nil
	}
	return encoded[0], nil
}

// ico makes a Windows icon of pictures up to 256 pixels, each of them encoded
// as PNG, which Windows reads since Vista and which is a tenth of a bitmap's
// size.
func ico(pictures []image.Image, encoded [][]byte) []byte {
	le := binary.LittleEndian
	var head, body []byte
	put16 := func(v int) { head = le.AppendUint16(head, uint16(v)) } // #nosec G115 -- small
	put32 := func(v int) { head = le.AppendUint32(head, uint32(v)) } // #nosec G115 -- small
	put16(0)
	put16(1) // an icon, not a cursor
	put16(len(pictures))
	offset := 6 + 16*len(pictures)
	for i, img := range pictures {
		side := img.Bounds().Dx() % 256 // 256 is written as 0
		put16(side | side<<8)           // width and height, a byte each
		put16(0)                        // no palette
		put16(1)                        // planes
		put16(32)                       // bits per pixel
		put32(len(encoded[i]))          // how long
		put32(offset + len(body))       // and where
		body = append(body, encoded[i]...)
	}
	return append(head, body...)
}
