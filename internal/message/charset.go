package message

import "github.com/traymail/traymail/internal/charset"

// decode turns octets into text that is not cleaned yet.
func decode(b []byte, declared string) string {
	text, _ := charset.Decode(b, declared, charset.Hints{})
	return text
}
