package discover

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/traymail/traymail/internal/settings"
)

// Bounds of an autoconfig file. The longest of the public database has 9,000
// octets.
const (
	maxFile    = 64 << 10
	maxDepth   = 16
	maxServers = 8
	maxText    = 1024
)

// serverPath is where the elements of servers stand.
var serverPath = []string{"clientConfig", "emailProvider", "incomingServer"}

var errAutoconfig = errors.New("not an autoconfig file")

// parseAutoconfig takes the POP3 servers from a clientConfig file, version
// 1.1, with TLS or STLS, in its order. Everything else is passed over; what is
// not well-formed, declares entities, or is too large or too deep, is refused
// as a whole. (See "Autoconfiguration file format" of Thunderbird's ISPDB.)
func parseAutoconfig(file []byte, a address) ([]Candidate, error) {
	if len(file) > maxFile {
		return nil, errAutoconfig
	}
	d := xml.NewDecoder(bytes.NewReader(file)) // strict, and UTF-8 alone
	var (
		path    []string
		server  *incoming
		servers []Candidate
		rooted  bool
	)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && rooted && len(path) == 0 {
			return servers, nil
		}
		if err != nil {
			return nil, errAutoconfig
		}
		switch t := token.(type) {
		case xml.Directive: // a DOCTYPE, where entities would stand
			return nil, errAutoconfig
		case xml.StartElement:
			if len(path) == 0 && (rooted || t.Name.Local != "clientConfig") || len(path) == maxDepth {
				return nil, errAutoconfig
			}
			rooted = true
			path = append(path, t.Name.Local)
			if slices.Equal(path, serverPath) && attribute(t, "type") == "pop3" {
				server = &incoming{}
			}
		case xml.CharData:
			if server != nil && len(path) == 4 {
				server.add(path[3], string(t))
			}
		case xml.EndElement:
			path = path[:len(path)-1]
			if server != nil && len(path) == 2 {
				if c, ok := server.candidate(a); ok && len(servers) < maxServers {
					servers = append(servers, c)
				}
				server = nil
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// incoming is one incomingServer element.
type incoming struct{ hostname, port, socketType, username string }

func (s *incoming) add(element, text string) {
	for name, field := range map[string]*string{
		"hostname": &s.hostname, "port": &s.port, "socketType": &s.socketType, "username": &s.username,
	} {
		if name == element && len(*field)+len(text) <= maxText {
			*field += text
		}
	}
}

// candidate says whether the server can be used. One in another domain is not
// decided upon here.
func (s *incoming) candidate(a address) (Candidate, bool) {
	c := Candidate{User: a.user(strings.TrimSpace(s.username))}
	if strings.Contains(address{}.user(s.username), "%") {
		return Candidate{}, false // a variable that only the user could fill in
	}
	switch strings.TrimSpace(s.socketType) {
	case "SSL":
		c.Security = settings.TLS
	case "STARTTLS":
		c.Security = settings.STLS
	default: // "plain": no
		return Candidate{}, false
	}
	var ok bool
	if c.Server, ok = a.host(strings.TrimSpace(s.hostname)); !ok {
		return Candidate{}, false
	}
	port, err := strconv.ParseUint(strings.TrimSpace(s.port), 10, 16)
	if err != nil || port == 0 {
		return Candidate{}, false
	}
	c.Port = int(port)
	if c.User == "" {
		c.User = a.text
	}
	odd := strings.ContainsFunc(c.User, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	return c, !odd && len(c.User) <= 320
}
