package explain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
)

func TestNotices(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*60*60)
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, shanghai)
	for _, test := range []struct {
		code        message.Code
		args        map[string]string
		en, chinese string
	}{
		{
			message.Invitation,
			map[string]string{"method": "request", "title": "Review", "start": "2026-12-01T07:00:00Z", "end": "2026-12-01T08:30:00Z", "place": "Room 4"},
			"Invitation: Review, Tue, Dec 1, 2026, 15:00 – 16:30, Room 4",
			"会议邀请：Review，2026年12月1日 周二 15:00 至 16:30，Room 4",
		},
		{
			message.Invitation, // of several days, at whatever place on earth the reader is
			map[string]string{"title": "Fair", "start": "2026-12-01T09:00:00", "end": "2026-12-03T17:00:00"},
			"Event: Fair, Tue, Dec 1, 2026, 09:00 – Thu, Dec 3, 2026, 17:00",
			"日程：Fair，2026年12月1日 周二 09:00 至 2026年12月3日 周四 17:00",
		},
		{
			message.Invitation,
			map[string]string{"method": "cancel", "title": "Holidays", "start": "2026-12-24", "end": "2026-12-26"},
			"Cancelled: Holidays, Dec 24, 2026 – Dec 26, 2026", "会议已取消：Holidays，2026年12月24日 至 2026年12月26日",
		},
		{
			message.Invitation,
			map[string]string{"method": "publish", "start": "2026-12-24"},
			"Event: (no title), Dec 24, 2026", "日程：（无标题），2026年12月24日",
		},
		{
			message.Invitation,
			map[string]string{"method": "reply", "title": "Review", "start": "nonsense", "end": "2026-12-24"},
			"Reply to an invitation: Review", "会议邀请的答复：Review",
		},
		{
			message.Invitation,
			map[string]string{"method": "counter", "title": "Review", "start": "2026-12-01T07:00:00Z", "end": "2026-11-01T07:00:00Z"},
			"Another time is proposed: Review, Tue, Dec 1, 2026, 15:00", "建议改期：Review，2026年12月1日 周二 15:00",
		},
		{
			message.Invitation,
			map[string]string{"method": "reply", "title": "Review", "answer": "declined", "who": "Bob <b@example.org>"},
			"Declined by Bob <b@example.org>: Review", "Bob <b@example.org> 已谢绝：Review",
		},
		{
			message.Invitation,
			map[string]string{"method": "reply", "title": "Review", "answer": "in-process", "who": "Bob"},
			"Reply to an invitation: Bob, Review", "会议邀请的答复：Bob，Review",
		},
		{
			message.Invitation, // on days that are the next ones where the reader is
			map[string]string{"title": "Call", "start": "2026-12-01T20:00:00-05:00", "repeats": "week", "days": "TU,SA", "every": "2", "until": "2026-12-31T20:00:00-05:00"},
			"Event: Call, Wed, Dec 2, 2026, 09:00, every 2 weeks on Wed, Sun until Jan 1, 2027", "日程：Call，2026年12月2日 周三 09:00，每 2 周（周三、周日），直到 2027年1月1日",
		},
		{
			message.Invitation,
			map[string]string{"title": "Call", "start": "2026-12-01", "repeats": "month", "times": "3"},
			"Event: Call, Dec 1, 2026, every month, 3 times", "日程：Call，2026年12月1日，每月，共 3 次",
		},
		{
			message.Invitation,
			map[string]string{"kind": "task", "title": "Tax", "start": "2026-04-01", "end": "2026-05-31", "repeats": "other"},
			"Task: Tax, due May 31, 2026, repeats", "任务：Tax，截止 2026年5月31日，重复",
		},
		{
			message.Invitation,
			map[string]string{"kind": "busy", "method": "request", "who": "Ann", "start": "2026-12-01"},
			"You are asked when you are free: Ann, Dec 1, 2026", "询问您的空闲时间：Ann，2026年12月1日",
		},
		{
			message.Forwarded,
			map[string]string{"from": "Ann", "subject": "Lunch", "date": "2026-11-24T02:00:00Z"},
			"Forwarded message from Ann: Lunch, Tue, Nov 24, 2026, 10:00", "转发的邮件，来自 Ann：Lunch，2026年11月24日 周二 10:00",
		},
		{message.Forwarded, nil, "Forwarded message from (no sender): (no subject)", "转发的邮件，来自 （无发件人）：（无主题）"},
		{message.Forwarded, map[string]string{"cut": "header", "from": "Ann"}, "Forwarded message from Ann", "转发的邮件，来自 Ann"},
		{message.Forwarded, map[string]string{"cut": "header", "subject": "Lunch"}, "Forwarded message: Lunch", "转发的邮件：Lunch"},
		{message.ForwardedEnd, nil, "End of the forwarded message", "转发的邮件到此结束"},
		{
			message.Undelivered,
			map[string]string{"recipient": "x@example.org", "action": "failed", "status": "5.1.1", "reason": "no such user"},
			"Not delivered to x@example.org: no such user, 5.1.1", "未能送达 x@example.org：no such user，5.1.1",
		},
		{
			message.Undelivered,
			map[string]string{"recipient": "x@example.org", "action": "failed", "status": "5.1.1", "reason": "550 5.1.1 no such user"},
			"Not delivered to x@example.org: 550 5.1.1 no such user", "未能送达 x@example.org：550 5.1.1 no such user",
		},
		{
			message.Undelivered,
			map[string]string{"recipient": "x@example.org", "action": "delayed"},
			"Not yet delivered to x@example.org; the mail server keeps trying", "尚未送达 x@example.org，邮件服务器仍在重试",
		},
		{message.Undelivered, map[string]string{"action": "strange"}, "Not delivered to a recipient", "未能送达 某位收件人"},
		{message.Receipt, map[string]string{"recipient": "x@example.org", "disposition": "displayed"}, "Read receipt: x@example.org has opened the message", "已读回执：x@example.org 已打开邮件"},
		{message.Receipt, map[string]string{"disposition": "strange"}, "Receipt from a recipient: nothing says whether the message was read", "某位收件人 的回执：未说明邮件是否已读"},
		{message.UnknownCalendar, nil, "This message brings a calendar entry that traymail cannot read: open it in your mail program.", "这封邮件带有 traymail 无法读取的日程，请在邮件程序中打开。"},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "method": "reply", "answer": "delegated", "who": "Zoe", "delegate": "q@x.example"},
			"Delegated by Zoe to q@x.example: Lunch", "Zoe 已委托给 q@x.example：Lunch",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "repeats": "month", "days": "-1FR"},
			"Event: Lunch, every month on the last Fri", "日程：Lunch，每月（最后一个周五）",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "repeats": "month", "days": "1MO,3MO"},
			"Event: Lunch, every month on the first Mon, the third Mon", "日程：Lunch，每月（第一个周一、第三个周一）",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "repeats": "month", "days": "-3FR"},
			"Event: Lunch, every month", "日程：Lunch，每月",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "start": "2026-12-01", "repeats": "week", "except": "2026-12-08,2026-12-15,…"},
			"Event: Lunch, Dec 1, 2026, every week, except on Dec 8, 2026, Dec 15, 2026, …", "日程：Lunch，2026年12月1日，每周，2026年12月8日、2026年12月15日、… 除外",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "start": "2026-12-01", "repeats": "dates", "dates": "2026-12-03"},
			"Event: Lunch, Dec 1, 2026, also on Dec 3, 2026", "日程：Lunch，2026年12月1日，另有 2026年12月3日",
		},
		{
			message.Invitation,
			map[string]string{"title": "Lunch", "start": "2026-12-09T12:00:00+08:00", "instead": "2026-12-08T12:00:00+08:00", "following": "yes"},
			"Event: Lunch, Wed, Dec 9, 2026, 12:00, instead of Tue, Dec 8, 2026, 12:00, and all later dates", "日程：Lunch，2026年12月9日 周三 12:00（原定 2026年12月8日 周二 12:00）及之后的所有日期",
		},
		{
			message.Invitation,
			map[string]string{"title": "Clocks", "repeats": "year", "days": "-1SU", "month": "3"},
			"Event: Clocks, every year on the last Sun of Mar", "日程：Clocks，每年（3月最后一个周日）",
		},
		{
			message.Invitation,
			map[string]string{"title": "Pay", "repeats": "month", "days": "-1workday"},
			"Event: Pay, every month on the last working day", "日程：Pay，每月（最后一个工作日）",
		},
		{message.MoreRecipients, map[string]string{"more": "1500"}, "And 1,500 more", "另有 1,500 位收件人"},
		{message.MoreRecipients, map[string]string{"more": "3", "failed": "1"}, "And 3 more, of them 1 not delivered", "另有 3 位收件人，其中 1 位未能送达"},
		{message.MoreEvents, map[string]string{"more": "2"}, "The calendar holds 2 more, which are not shown.", "日历中另有 2 项，未在此列出。"},
		{message.MoreFiles, map[string]string{"all": "1500", "named": "100"}, "Attachments in all: 1,500; only the first 100 are named.", "附件共 1,500 个，这里只列出前 100 个。"},
		{
			message.UnknownCharset,
			map[string]string{"charset": "x-klingon"},
			"The sender calls this text’s character set “x-klingon”, which traymail does not know: it is shown in the likeliest one, and may be wrong.",
			"发件人声明的字符集“x-klingon”，traymail 并不认识：正文按最可能的字符集显示，文字可能有误。",
		},
		{"later", map[string]string{"a": "b"}, "", ""},
	} {
		for language, want := range map[string]string{"en": test.en, "zh-Hans": test.chinese} {
			d := message.Document{Blocks: []message.Block{{Kind: message.Notice, Code: test.code, Args: test.args}}}
			if got := strings.TrimSpace(Document(d, now, locale.New(language))); got != want {
				t.Errorf("%s %v: %q, want %q", test.code, test.args, got, want)
			}
		}
	}
}

// Every notice has a sentence of its own in every language, whose arguments
// all are said.
func TestNoticesSpeakEveryLanguage(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, l := range locale.Languages() {
		said := map[string]string{}
		for code, variants := range map[message.Code][]string{
			message.Invitation: {"method=request", "method=cancel", "method=reply", "method=counter", "method=declinecounter", "method=refresh", "method=add", "method=publish", "kind=task", "kind=journal", "answer=accepted", "answer=declined", "answer=tentative", "answer=delegated", "answer=completed"},
			message.Forwarded:  {""}, message.ForwardedEnd: {""}, message.Signed: {"kind=smime"}, message.MoreFiles: {"all=150"}, message.MoreRecipients: {"more=2", "failed=1"}, message.MoreEvents: {"more=2"}, message.UnknownCalendar: {""}, message.Receipt: {"disposition=displayed", "disposition=deleted", "disposition=processed"}, message.Outlook: {""}, message.Authors: {""},
			message.Undelivered: {"action=failed", "action=delayed", "action=delivered", "action=relayed", "action=expanded"},
			message.Encrypted:   {"kind=smime", "kind=pgp"}, message.LeftOut: {"", "what=header", "what=parts"}, message.UnknownCharset: {"charset=CHARSET"},
		} {
			for _, variant := range variants {
				args := map[string]string{"title": "TITLE", "place": "PLACE", "from": "FROM", "subject": "SUBJECT", "recipient": "RECIPIENT", "reason": "REASON", "who": "WHO"}
				key, value, _ := strings.Cut(variant, "=")
				args[key] = value
				text := Notice(message.Block{Kind: message.Notice, Code: code, Args: args}, now, locale.New(l.Tag))
				name := fmt.Sprint(l.Tag, " ", code, " ", variant)
				if other, twice := said[text]; twice || text == "" || strings.Contains(text, "%!") || strings.Contains(text, "message.") {
					t.Errorf("%s: %q, as %s", name, text, other)
				}
				said[text] = name
				for _, word := range map[message.Code][]string{
					message.Invitation: {"TITLE", "PLACE"}, message.Forwarded: {"FROM", "SUBJECT"}, message.Undelivered: {"RECIPIENT", "REASON"}, message.Receipt: {"RECIPIENT"}, message.UnknownCharset: {"CHARSET"}, message.Authors: {"FROM"},
				}[code] {
					if !strings.Contains(text, word) {
						t.Errorf("%s: %q lacks %s", name, text, word)
					}
				}
			}
		}
	}
}

func TestAuthorAndAttachments(t *testing.T) {
	loc := locale.New("en")
	for want, from := range map[string][2]string{
		"Ann <ann@example.org>":              {"Ann", "ann@example.org"},
		"ann@example.org":                    {"ann@example.org", "ann@example.org"},
		"bank@bank.example <x@evil.example>": {"bank@bank.example <x@evil.example>", "x@evil.example"},
		"ceo@bank.example <o@bank.example>":  {"ceo@bank.example", "o@bank.example"},
		"Ann":                                {"Ann", ""},
		"(no sender)":                        {"", ""},
	} {
		if got := Author(from[0], from[1], loc); got != want {
			t.Errorf("%q: %q, want %q", from, got, want)
		}
	}
	files := []message.File{{Name: "a.pdf", Octets: 12_300}, {Name: "b.jpg", Octets: -1}}
	if got := Attachments(files, loc); got != "a.pdf (12 KB), b.jpg" {
		t.Errorf("%q", got)
	}
	files = []message.File{{Name: "safe.txt (1 byte), other.pdf", Octets: 1}, {Name: "a”、“b", Octets: -1}}
	if got := Attachments(files, loc); got != "“safe.txt (1 byte), other.pdf” (1 byte), “a\"、\"b”" {
		t.Errorf("%q", got)
	}
}
