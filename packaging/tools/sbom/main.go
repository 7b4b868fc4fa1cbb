// Command sbom says what a binary is made of: from the modules that the Go
// linker recorded in it, it writes an SBOM (CycloneDX, JSON) and the licence
// texts that go with every copy. Both depend on the binary alone, so two
// builds of the same source give the same bytes.
//
// It runs in the root of the repository, where the modules' sources are known:
//
//	sbom -sbom traymail.cdx.json -notices THIRD-PARTY-NOTICES.txt bin/traymail
package main

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/licensecheck"
)

func main() {
	sbom := flag.String("sbom", "", "write the SBOM to this file")
	notices := flag.String("notices", "", "write the licences to this file")
	also := flag.String("also", "", "the licence, a file, of what is in the program and in no module")
	version := flag.String("version", "", "the version of the program")
	flag.Parse()
	if flag.NArg() != 1 || *version == "" {
		fmt.Fprintln(os.Stderr, "usage: sbom -version VERSION [-sbom FILE] [-notices FILE [-also FILE]] BINARY")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *version, *sbom, *notices, *also); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(binary, version, sbom, notices, also string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	parts, err := partsOf(info)
	if err != nil {
		return err
	}
	if notices != "" {
		text := noticesOf(parts)
		if also != "" {
			more, err := os.ReadFile(also) // #nosec G304 -- the file that was named
			if err != nil {
				return err
			}
			text = fmt.Appendf(text, "\n==== %s\n\n%s\n", filepath.Base(also), more)
		}
		if err := os.WriteFile(notices, text, 0o644); err != nil { // #nosec G306 G703 -- the file that was named, for everyone to read
			return err
		}
	}
	if sbom == "" {
		return nil
	}
	document, err := sbomOf(info, version, parts)
	if err != nil {
		return err
	}
	return os.WriteFile(sbom, document, 0o644) // #nosec G306 -- for everyone to read
}

// part is one module in the binary, or Go's standard library and runtime.
type part struct {
	path, version string
	// sum is the module's hash as in go.sum; empty for the standard library.
	sum      string
	licences []licence
}

// licence is one file, its text and the SPDX identifiers found in it.
type licence struct {
	file string
	text []byte
	ids  []string
}

// partsOf finds the modules of a binary and their licences, in the order in
// which the linker has them, the standard library first.
func partsOf(info *debug.BuildInfo) ([]part, error) {
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	goVersion, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ")
	parts := []part{{path: "std", version: goVersion}}
	if parts[0].licences, err = licencesIn(goroot); err != nil {
		return nil, err
	}
	list := []string{"list", "-m", "-f", "{{.Dir}}"}
	for _, module := range info.Deps {
		list = append(list, module.Path)
	}
	dirs, err := output("go", list...)
	if err != nil {
		return nil, err
	}
	for i, dir := range strings.Split(dirs, "\n") {
		module := info.Deps[i]
		p := part{path: module.Path, version: module.Version, sum: module.Sum}
		if p.licences, err = licencesIn(dir); err != nil {
			return nil, fmt.Errorf("%s: %w", module.Path, err)
		}
		if len(p.licences) == 0 {
			return nil, fmt.Errorf("no licence found for %s in %s", module.Path, dir)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// bundled are folders below a module's root whose licences count too: what
// lies there, fonts above all, is embedded in the binary or linked into it.
var bundled = []string{".", "theme/font", "glfw"}

// licencesIn finds the licence files of a module.
func licencesIn(dir string) ([]licence, error) {
	if dir == "" {
		return nil, errors.New("a module has no source here; run: go mod download")
	}
	var found []licence
	for _, folder := range bundled {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			name := strings.ToUpper(entry.Name())
			if entry.IsDir() || !strings.HasPrefix(name, "LICENSE") && !strings.HasPrefix(name, "LICENCE") &&
				!strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "NOTICE") && name != "PATENTS" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, folder, entry.Name())) // #nosec G304 -- in a module's folder
			if err != nil {
				return nil, err
			}
			l := licence{file: filepath.Join(folder, entry.Name()), text: bytes.TrimSpace(text)}
			for _, match := range licensecheck.Scan(text).Match {
				if !slices.Contains(l.ids, match.ID) {
					l.ids = append(l.ids, match.ID)
				}
			}
			found = append(found, l)
		}
	}
	return found, nil
}

func noticesOf(parts []part) []byte {
	var b bytes.Buffer
	b.WriteString("traymail contains the following work of others, each under its own licence.\n")
	for _, p := range parts {
		name := p.path
		if name == "std" {
			name = "Go"
		}
		for _, l := range p.licences {
			fmt.Fprintf(&b, "\n==== %s %s, %s\n\n%s\n", name, p.version, filepath.ToSlash(l.file), l.text)
		}
	}
	return b.Bytes()
}

// sbomOf lists the parts. Its time is that of the last commit, if the
// environment says so (https://reproducible-builds.org/specs/source-date-epoch/).
func sbomOf(info *debug.BuildInfo, version string, parts []part) ([]byte, error) {
	program := cdx.Component{
		Type: cdx.ComponentTypeApplication, Name: "traymail", Version: version,
		BOMRef:     "pkg:golang/" + info.Main.Path + "@" + version,
		PackageURL: "pkg:golang/" + info.Main.Path + "@" + version,
		Licenses:   &cdx.Licenses{{License: &cdx.License{ID: "MIT"}}},
	}
	for _, setting := range info.Settings {
		if setting.Key == "GOOS" || setting.Key == "GOARCH" || setting.Key == "CGO_ENABLED" {
			program.Properties = appendProperty(program.Properties, setting.Key, setting.Value)
		}
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &program}
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		bom.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	}
	var components []cdx.Component
	var needs []string
	for _, p := range parts {
		url := "pkg:golang/" + p.path + "@" + p.version
		c := cdx.Component{
			Type: cdx.ComponentTypeLibrary, Name: p.path, Version: p.version, BOMRef: url, PackageURL: url,
		}
		if p.sum != "" {
			c.Properties = appendProperty(nil, "go.sum", p.sum)
		}
		if ids := idsOf(p); len(ids) > 0 {
			c.Licenses = &cdx.Licenses{{Expression: strings.Join(ids, " AND ")}}
		}
		components = append(components, c)
		needs = append(needs, url)
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: program.BOMRef, Dependencies: &needs}}
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func appendProperty(to *[]cdx.Property, name, value string) *[]cdx.Property {
	if to == nil {
		to = &[]cdx.Property{}
	}
	*to = append(*to, cdx.Property{Name: "traymail:" + name, Value: value})
	return to
}

// idsOf are the SPDX identifiers of all licence files of p. What the scanner
// names by a name of its own (a patent grant) is no SPDX identifier.
func idsOf(p part) []string {
	var ids []string
	for _, l := range p.licences {
		for _, id := range l.ids {
			if !slices.Contains(ids, id) && id != "GooglePatentClause" && id != "GooglePatentsFile" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output() // #nosec G204 -- go itself
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
