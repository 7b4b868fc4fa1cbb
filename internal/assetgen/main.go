// Command assetgen draws the icons: the tray's in Go, the application's from
// assets/icon.svg. Its output is checked in, so that building traymail needs
// neither this program nor its libraries; a test compares the two.
//
// Run it in the root of the repository after changing a drawing:
//
//	go run ./internal/assetgen
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	if err := run(*root); err != nil {
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
		path := filepath.Join(root, "assets", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil { // #nosec G306 -- sources are for everyone
			return err
		}
	}
	return nil
}
