package platform

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// Routed says whether there is a way out of this computer: a default route in
// the kernel's tables, by IPv4 or IPv6. It says so too where they cannot be
// read.
func Routed() bool { return routed("/proc/net/route", "/proc/net/ipv6_route") }

const (
	routeUp     = 0x0001 // RTF_UP
	routeReject = 0x0200 // RTF_REJECT
)

func routed(ipv4, ipv6 string) bool {
	v4, err4 := hasDefault(ipv4, func(f []string) bool {
		return len(f) > 7 && f[1] == "00000000" && f[7] == "00000000" && usable(f[3])
	})
	v6, err6 := hasDefault(ipv6, func(f []string) bool {
		return len(f) > 9 && strings.Trim(f[0], "0") == "" && f[1] == "00" && f[9] != "lo" && usable(f[8])
	})
	return v4 || v6 || err4 != nil && err6 != nil
}

func usable(flags string) bool {
	n, err := strconv.ParseUint(flags, 16, 32)
	return err == nil && n&routeUp != 0 && n&routeReject == 0
}

func hasDefault(table string, isDefault func([]string) bool) (bool, error) {
	f, err := os.Open(table) //nolint:gosec // G304: the kernel's
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if isDefault(strings.Fields(lines.Text())) {
			return true, nil
		}
	}
	return false, lines.Err()
}
