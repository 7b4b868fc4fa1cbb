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
		return major + "/" + minor, list
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
