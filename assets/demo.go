package assets

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"
)

//go:embed demo/*.eml
var demo embed.FS

// DemoMail returns the messages of the demo's maildrop, oldest first, dated
// back from now.
func DemoMail(now time.Time) [][]byte { return demoMail("mail-", now) }

// DemoArrivals returns the messages that arrive while the demo runs, dated now.
func DemoArrivals(now time.Time) [][]byte { return demoMail("new-", now) }

// demoDate stands in the Date field: how long ago the message was written.
var demoDate = regexp.MustCompile(`@ago ([0-9hm]+)@`)

func demoMail(prefix string, now time.Time) [][]byte {
	names, err := fs.Glob(demo, "demo/"+prefix+"*.eml") // sorted
	if err != nil {
		panic(err)
	}
	var list [][]byte
	for _, name := range names {
		raw, err := demo.ReadFile(name)
		if err != nil {
			panic(err)
		}
		raw = demoDate.ReplaceAllFunc(raw, func(m []byte) []byte {
			ago, err := time.ParseDuration(string(demoDate.FindSubmatch(m)[1]))
			if err != nil {
				panic(err)
			}
			return []byte(now.Add(-ago).Format(time.RFC1123Z))
		})
		id := fmt.Sprintf("<%s.%d@example.org>", strings.TrimSuffix(strings.TrimPrefix(name, "demo/"), ".eml"), now.UnixNano())
		list = append(list, bytes.ReplaceAll(raw, []byte("@id@"), []byte(id)))
	}
	return list
}
