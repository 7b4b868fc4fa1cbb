// Command assetgen draws the icons: the tray's in Go, the application's from
// assets/icon.svg. Its output is checked in, so that building traymail needs
// neither this program nor its libraries; a test compares the two.
//
// Run it in the root of the repository after changing a drawing:
//
//	go run ./internal/assetgen
//
// With -hicolor it writes the application's icon alone, in the sizes and
// folders of the freedesktop.org icon theme, for packages:
//
//	go run ./internal/assetgen -hicolor /tmp/usr/share/icons/hicolor
package main

import (
	"flag"
	"fmt"
	"image"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	theme := flag.String("hicolor", "", "write the icons of this icon theme only")
	flag.Parse()
	var err error
	if *theme != "" {
		err = hicolor(*root, *theme)
	} else {
		err = run(*root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "assetgen:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	svg, err := os.ReadFile(filepath.Join(root, "assets", "icon.svg")) // #nosec G304 -- the caller's own repository
	if err != nil {
		return err
	}
	files, err := generate(svg)
	if err != nil {
		return err
	}
	for name, pictures := range files {
		content, err := encode(name, pictures)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(root, "assets", filepath.FromSlash(name)), content); err != nil {
			return err
		}
	}
	return nil
}

// hicolor writes the application's icon into the theme, under its ID.
func hicolor(root, theme string) error {
	svg, err := os.ReadFile(filepath.Join(root, "assets", "icon.svg")) // #nosec G304 -- the caller's own repository
	if err != nil {
		return err
	}
	app, err := drawSVG(svg)
	if err != nil {
		return err
	}
	for _, size := range hicolorSizes {
		content, err := encode("icon.png", []image.Image{scale(app, size)})
		if err != nil {
			return err
		}
		if err := write(filepath.Join(theme, fmt.Sprintf("%dx%d", size, size), "apps", appID+".png"), content); err != nil {
			return err
		}
	}
	return write(filepath.Join(theme, "scalable", "apps", appID+".svg"), svg)
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // #nosec G301 -- pictures are for everyone
		return err
	}
	return os.WriteFile(path, content, 0o644) // #nosec G306 G703 -- pictures are for everyone, where the caller wants them
}
