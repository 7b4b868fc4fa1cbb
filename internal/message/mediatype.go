package message

import "strings"

// mediaType reads a Content-Type field: type/subtype in lower case, which is
// text/plain where the field is missing or nonsense (RFC 2045, section 5.2),
// and application/octet-stream where nonsense has a file name.
func mediaType(value []byte) (kind string, list params) {
	head, list := parameters(value)
	kind = strings.ToLower(string(head))
	kind = strings.TrimLeft(kind, "\"' \t")
	kind = strings.TrimSpace(strings.TrimPrefix(kind, "content-type:"))
	major, minor, ok := strings.Cut(kind, "/")
	major, minor = tokenOf(major), tokenOf(minor)
	switch {
	case major != "" && minor != "":
		return spelled(major, minor), list
	case ok && major == "":
	case major == "text" || major == "plain" || major == "txt":
		return "text/plain", list
	case major == "html" || major == "htm":
		return "text/html", list
	case major == "alternative" || major == "mixed" || major == "related" || major == "signed" || major == "report":
		return "multipart/" + major, list
	case major == "pdf" || major == "zip":
		return "application/" + major, list
	case major == "image" || major == "audio" || major == "video" || major == "application":
		return "application/octet-stream", list
	}
	switch {
	case list.get("boundary") != "":
		return "multipart/mixed", list
	case list.get("name") != "" || list.get("filename") != "":
		return "application/octet-stream", list
	}
	return "text/plain", list
}

// majors are the types of RFC 2046, and minors are those subtypes of which it
// matters what they are.
var (
	majors = []string{"text", "multipart", "message", "application", "image", "audio", "video"}
	minors = map[string][]string{
		"text":      {"plain", "html", "calendar"},
		"multipart": {"alternative", "mixed", "related", "signed", "report", "digest", "encrypted"},
		"message":   {"rfc822", "delivery-status"},
	}
)

// spelled is a type in which a letter that is wrong, missing, too much or
// misplaced has been put right. Some programs write the two halves the wrong way
// round.
func spelled(major, minor string) string {
	if minor == "text" && (major == "plain" || major == "html") {
		major, minor = minor, major
	}
	major = meant(major, majors)
	return major + "/" + meant(minor, minors[major])
}

// meant is the one of some words that a word is but for a slip, or the word itself.
func meant(word string, known []string) string {
	for _, other := range known {
		if oneOff(word, other) || swapped(word, other) {
			return other
		}
	}
	return word
}

// swapped says whether two words are the same but for two neighbours.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// tokenOf is the token that s begins with.
func tokenOf(s string) string {
	s = strings.TrimSpace(s)
	for i := range len(s) {
		if !isToken(s[i]) {
			return s[:i]
		}
	}
	return s
}

// dispositionType reads a Content-Disposition field: "inline", "attachment",
// or "" where it says neither. Unknown types are attachments (RFC 2183,
// section 2.8).
func dispositionType(value []byte) string {
	head, _ := parameters(value)
	switch kind := tokenOf(strings.Trim(strings.ToLower(string(head)), "\"' \t")); kind {
	case "", "inline":
		return kind
	}
	return "attachment"
}
