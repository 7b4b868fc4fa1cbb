package notify

import (
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// says is what an announcement of one message names.
func says(from, subject string) []api.AnnouncedMessage {
	return []api.AnnouncedMessage{{From: from, Subject: subject}}
}

func TestWords(t *testing.T) {
	two := append(says("Ann", "Lunch"), says("", "")...)
	for name, test := range map[string]struct {
		a             api.Announcement
		title, body   string
		chinese, also string
	}{
		"a message":      {api.Announcement{Messages: says("Ann", "Lunch")}, "Ann", "Lunch", "Ann", "Lunch"},
		"without either": {api.Announcement{Messages: says("", "")}, "(no sender)", "(no subject)", "（无发件人）", "（无主题）"},
		"nobody knows what": {
			api.Announcement{AccountName: "Home", Count: 1}, "Home: 1 new message", "(header not fetched yet)", "Home：1 封新邮件", "（尚未获取邮件头）",
		},
		"the sender only":       {api.Announcement{Messages: says("Ann", "Lunch"), AccountName: "Home", Show: settings.ShowSender}, "Ann", "Home: 1 new message", "Ann", "Home：1 封新邮件"},
		"a code":                {api.Announcement{Messages: says("Shop", "Your code"), HasCode: true, Code: "482913"}, "482913 – Shop", "Your code", "482913 – Shop", "Your code"},
		"a code out of sight":   {api.Announcement{Messages: says("Shop", ""), AccountName: "Home", Show: settings.ShowSender, HasCode: true}, "Shop", "Home: 1 new message", "Shop", "Home：1 封新邮件"},
		"a code of a long name": {api.Announcement{Messages: says(strings.Repeat("x", 300), "s"), HasCode: true, Code: "482913"}, "482913 – " + strings.Repeat("x", 59) + "…", "s", "482913 – " + strings.Repeat("x", 59) + "…", "s"},
		"a summary": {
			api.Announcement{Kind: api.OneAccount, AccountName: "Home", Count: 5, Messages: two, More: 3},
			"Home: 5 new messages", "Ann – Lunch\n(no sender) – (no subject)\nand 3 more", "Home：5 封新邮件", "Ann – Lunch\n（无发件人） – （无主题）\n还有 3 封",
		},
		"senders of a summary": {
			api.Announcement{Kind: api.OneAccount, AccountName: "Home", Count: 2, Messages: two, Show: settings.ShowSender},
			"Home: 2 new messages", "Ann\n(no sender)", "Home：2 封新邮件", "Ann\n（无发件人）",
		},
		"a count": {
			api.Announcement{Kind: api.OneAccount, AccountName: "Home", Count: 2, Unseen: 7, Show: settings.ShowCount},
			"Home: 2 new messages", "7 unseen messages", "Home：2 封新邮件", "7 封未读邮件",
		},
		"several": {
			api.Announcement{Kind: api.SeveralAccounts, Count: 9, Accounts: []api.AnnouncedAccount{{Name: "Home", Count: 1}, {Name: "Work", Count: 6}}, More: 2},
			"9 new messages", "Home: 1 new message\nWork: 6 new messages\nand 2 more", "9 封新邮件", "Home：1 封新邮件\nWork：6 封新邮件\n还有 2 封",
		},
		"an account that does not work": {
			api.Announcement{Kind: api.AccountProblem, AccountName: "Home", Problem: &api.Problem{Kind: api.KindAuth, Code: "AUTH"}},
			"Home: not working", "The server refused the user name or password: correct it in the settings.",
			"Home：出错了", "服务器不接受用户名或密码：请在设置中更正。",
		},
		"a sound": {
			api.Announcement{Kind: api.SoundSample},
			"New mail sounds like this", "If you hear nothing, your system plays no sounds with notifications.",
			"新邮件的提示音是这样的", "如果什么也没听到，说明系统不为通知播放提示音。",
		},
	} {
		if title, body := Words(test.a, locale.New("en")); title != test.title || body != test.body {
			t.Errorf("%s: %q, %q", name, title, body)
		}
		if title, body := Words(test.a, locale.New("zh-Hans")); title != test.chinese || body != test.also {
			t.Errorf("%s: %q, %q", name, title, body)
		}
	}
}
