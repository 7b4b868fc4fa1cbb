package attach

import (
	"bytes"
	"strings"
)

// runs are the extensions of what a double click would run, or have run, on one
// system or another: programs, scripts, macros, links to programs, installers
// and pages that can hold scripts, and images of disks, which lose the mark of
// where they came from.
var runs = extensions(`
	exe com scr pif bat cmd msi msp mst cpl hta js jse vbs vbe vb ws wsf wsh wsc sct ps1 ps1xml ps2 psc1 psm1 psd1 msh lnk url scf reg inf ins isp
	job shb shs dll ocx sys drv gadget application appref-ms appx appxbundle msix msixbundle xll xlam xla xlsm xltm xlm docm dotm pptm potm ppsm sldm ppam
	ade adp mdb mde accde mda crt der chm hlp library-ms search-ms settingcontent-ms theme themepack diagcab msc website partial rdp wll iso img vhd vhdx
	jar jnlp class air swf py pyw pyc pyo pyz pl rb lua tcl php sh bash zsh csh fish ksh run bin out elf appimage desktop deb rpm snap flatpak flatpakref
	app command tool workflow action scpt scptd applescript osx pkg mpkg dmg terminal fileloc inetloc webloc
	apk xap ipa htm html xhtml xht shtml mht mhtml svg svgz xml xsl slk iqy one onepkg wim udf cab`)

func extensions(list string) map[string]bool {
	m := map[string]bool{}
	for _, e := range strings.Fields(list) {
		m[e] = true
	}
	return m
}

// types are parts of media types that say so, whatever the name.
var types = []string{
	"x-msdownload", "x-msdos-program", "x-executable", "x-dosexec", "x-sh", "x-shellscript", "x-csh", "x-python", "x-perl", "x-bat", "javascript", "vbscript", "hta",
	"java-archive", "x-java", "x-ms-installer", "x-msi", "x-desktop", "x-elf", "x-mach-binary", "vnd.microsoft.portable-executable", "x-apple-diskimage", "macroenabled",
	"text/html", "xhtml", "svg", "x-ms-shortcut", "x-debian-package", "x-rpm", "vnd.debian", "vnd.android.package",
}

// heads are how programs begin.
var heads = [][]byte{
	[]byte("MZ"), []byte("\x7fELF"), []byte("#!"),
	{0xfe, 0xed, 0xfa, 0xce},
	{0xfe, 0xed, 0xfa, 0xcf},
	{0xcf, 0xfa, 0xed, 0xfe},
	{0xce, 0xfa, 0xed, 0xfe},
	{0xca, 0xfe, 0xba, 0xbe},
	{0x4c, 0, 0, 0, 1, 0x14, 2, 0}, // a link of Windows
	[]byte("[Desktop Entry]"), []byte("[InternetShortcut]"), []byte("@echo"), []byte("xar!"),
}

// Runs says whether opening a file may run what its sender has written: by its
// name, its media type or how it begins. A name without an extension says
// nothing, so that what opens it goes by how it begins.
func Runs(name, mediaType string, head []byte) bool {
	name = strings.ToLower(strings.TrimRight(Name(name, ""), ". "))
	if i := strings.LastIndexByte(name, '.'); i >= 0 && runs[strings.TrimSpace(name[i+1:])] {
		return true
	}
	mediaType = strings.ToLower(mediaType)
	for _, t := range types {
		if strings.Contains(mediaType, t) {
			return true
		}
	}
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for _, h := range heads {
		if len(head) >= len(h) && bytes.EqualFold(head[:len(h)], h) {
			return true
		}
	}
	return false
}
