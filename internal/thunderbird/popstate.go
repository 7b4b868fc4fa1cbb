package thunderbird

import (
	"bufio"
	"io"
	"strings"
)

// maxPopState bounds what is read of a popstate.dat, in octets.
const maxPopState = 64 << 20

// Fetched says which of the wanted UIDs stand in Thunderbird's popstate.dat:
// those of messages that it has fetched. The file has a section for each
// maildrop, "*host user", and in it lines of a letter, the UID and a time.
func Fetched(r io.Reader, host, user string, wanted map[string]bool) (uids []string, err error) {
	var others []string
	sections, mine := 0, false
	lines := bufio.NewScanner(io.LimitReader(r, maxPopState))
	for lines.Scan() {
		line := lines.Text()
		if section, ok := strings.CutPrefix(line, "*"); ok {
			h, u, _ := strings.Cut(strings.TrimSpace(section), " ")
			sections++
			mine = strings.EqualFold(h, host) && strings.EqualFold(strings.TrimSpace(u), user)
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || len(fields[0]) != 1 || !wanted[fields[1]] {
			continue
		}
		if mine {
			uids = append(uids, fields[1])
		} else {
			others = append(others, fields[1])
		}
	}
	if len(uids) == 0 && sections == 1 {
		// The server may have another name here; there is only one maildrop.
		uids = others
	}
	return uids, lines.Err()
}
