package mailfile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// partName is the name of a file of ours that is no message yet, which no mail
// program looks at.
func partName(prefix, id string) string {
	return fmt.Sprintf("%s%s.%s-%d.part", prefix, digest(id), computer(), os.Getpid())
}

// computer is a short name of this one: others may use the same folder.
func computer() string {
	host, _ := os.Hostname() // all that have none are one
	return digest(host)[:8]
}

var partEnd = regexp.MustCompile(`^[0-9a-f]{16}\.([0-9a-f]{8})-([0-9]{1,10})\.part$`)

// sweepParts takes away what partName has named in processes that have ended.
func sweepParts(folder, prefix string) {
	sweep(folder, func(name string) (pid string) {
		rest, ours := strings.CutPrefix(name, prefix)
		m := partEnd.FindStringSubmatch(rest)
		if !ours || m == nil || m[1] != computer() {
			return ""
		}
		return m[2]
	})
}

// sweep takes away the files in a folder that are of processes of ours which
// have ended; of says which process a file is of, and is empty for others.
func sweep(folder string, of func(name string) (pid string)) {
	names, _ := os.ReadDir(folder) // what stays is no message
	for _, n := range names {
		pid, err := strconv.Atoi(of(n.Name()))
		if err == nil && n.Type().IsRegular() && (pid == os.Getpid() || !running(pid)) {
			_ = os.Remove(filepath.Join(folder, n.Name())) // as above
		}
	}
}
