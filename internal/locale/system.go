package locale

import (
	"cmp"
	"strings"
)

// system lists the languages for messages that the system is set to, best
// first, as tags that may not parse. What the environment says of messages
// comes first on every system, since somebody wrote it for this program; then
// preferred, the system's own list; then LANG, which is about more than
// messages.
func system(getenv func(string) string, preferred func() []string) []string {
	value := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"))
	if value == "" {
		if tags := preferred(); len(tags) > 0 {
			return tags
		}
		value = getenv("LANG")
	}
	tag := posix(value)
	if tag == "" {
		return nil
	}
	// LANGUAGE is a list, and gettext's: it counts wherever there is a locale.
	var tags []string
	for name := range strings.SplitSeq(getenv("LANGUAGE"), ":") {
		tags = append(tags, posix(name))
	}
	return append(tags, tag)
}

// posix turns a locale such as zh_CN.UTF-8 into a tag; "" stands for the
// locale that has no language.
func posix(name string) string {
	name, _, _ = strings.Cut(name, ".")
	name, _, _ = strings.Cut(name, "@")
	if name == "C" || name == "POSIX" {
		return ""
	}
	return strings.ReplaceAll(name, "_", "-")
}
