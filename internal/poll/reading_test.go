package poll

import (
	"slices"
	"testing"

	"github.com/traymail/traymail/internal/settings"
)

// Mail is likeliest in the language of the account's domain, of its server's,
// and then in the reader's.
func TestLanguages(t *testing.T) {
	for _, test := range []struct {
		user, server string
		reader       []string
		want         []string
	}{
		{"lena@qq.com", "pop.qq.com", []string{"de"}, []string{"zh-CN", "zh-CN", "de"}},
		{"lena@Mail.Example.JP.", "pop.example.org", []string{"en-GB", "zh-TW"}, []string{"ja", "en-GB", "zh-TW"}},
		{"lena", "pop.example.com.tw", nil, []string{"zh-TW"}},
		{"lena@example.org", "pop.yandex.ru", []string{"en"}, []string{"ru", "en"}},
		{"lena@cn.example.org", "qq.com.example.org", []string{"en"}, []string{"en"}},
		{"", "", nil, nil},
	} {
		target := Target{Account: settings.Account{User: test.user, Server: test.server}, Languages: test.reader}
		if got := target.mailHints().Languages; !slices.Equal(got, test.want) {
			t.Errorf("%s at %s: %v, want %v", test.user, test.server, got, test.want)
		}
	}
}
