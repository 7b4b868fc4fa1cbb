package poll

import (
	"strings"

	"github.com/traymail/traymail/internal/message"
)

// mailHints are what is known of a maildrop's mail beside what each message says.
func (t Target) mailHints() message.Hints {
	return message.Hints{Languages: t.languages(), Charset: t.Known.Charset}
}

// hintsAgain are those for a message that was read in a charset before, which may
// be empty. What other messages of its sender have told since would make another
// text of it than the one that the user was shown.
func (t Target) hintsAgain(charset string) message.Hints {
	h := t.mailHints()
	if charset != "" {
		h.Charset = func(string) string { return charset }
	}
	return h
}

// languageOf is what mail at a provider or under a country's domain is written
// in, where that is a language with charsets of its own.
var languageOf = map[string]string{
	"qq.com": "zh-CN", "163.com": "zh-CN", "126.com": "zh-CN", "sina.com": "zh-CN", "sohu.com": "zh-CN", "aliyun.com": "zh-CN",
	"yeah.net": "zh-CN", "foxmail.com": "zh-CN", "139.com": "zh-CN", "naver.com": "ko", "daum.net": "ko", "hanmail.net": "ko",
	"cn": "zh-CN", "tw": "zh-TW", "hk": "zh-HK", "mo": "zh-TW", "jp": "ja", "kr": "ko", "ru": "ru", "su": "ru", "by": "ru", "kz": "ru",
	"ua": "uk", "bg": "bg", "rs": "sr", "gr": "el", "il": "he", "tr": "tr", "th": "th", "vn": "vi", "sa": "ar", "eg": "ar",
	"pl": "pl", "cz": "cs", "sk": "sk", "hu": "hu", "ro": "ro", "hr": "hr", "si": "sl", "lt": "lt", "lv": "lv", "ee": "et",
}

// languages are the account's, by its domain and its server's, then the
// reader's.
func (t Target) languages() []string {
	_, domain, _ := strings.Cut(t.Account.User, "@")
	var all []string
	for _, host := range []string{domain, t.Account.Server} {
		for host = strings.ToLower(strings.TrimSuffix(host, ".")); host != ""; _, host, _ = strings.Cut(host, ".") {
			if language := languageOf[host]; language != "" {
				all = append(all, language)
				break
			}
		}
	}
	return append(all, t.Languages...)
}
