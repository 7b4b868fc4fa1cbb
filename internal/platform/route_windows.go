package platform

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// Routed says whether there is a way out of this computer: a default route in
// the system's table, by IPv4 or IPv6. It says so too where that cannot be
// read.
func Routed() bool {
	var table *windows.MibIpForwardTable2
	if err := windows.GetIpForwardTable2(windows.AF_UNSPEC, &table); err != nil {
		return true
	}
	defer windows.FreeMibTable(unsafe.Pointer(table))
	for _, row := range table.Rows() {
		if row.DestinationPrefix.PrefixLength == 0 && row.Loopback == 0 {
			return true
		}
	}
	return false
}
