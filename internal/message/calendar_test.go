package message

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

// Definitions of zones as programs write them.
const (
	exchangeBerlin = `BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`
	exchangeChina = `BEGIN:VTIMEZONE
TZID:China Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:DAYLIGHT
END:VTIMEZONE
`
	googleNewYork = `BEGIN:VTIMEZONE
TZID:America/New_York
X-LIC-LOCATION:America/New_York
BEGIN:DAYLIGHT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
DTSTART:19700308T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
DTSTART:19701101T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
END:VTIMEZONE
`
)

// vevent is a calendar with one event.
func vevent(properties ...string) string {
	return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + strings.Join(properties, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

// zoned is one with the definition of a zone before.
func zoned(zone string, properties ...string) string {
	return strings.Replace(vevent(properties...), "BEGIN:VEVENT", zone+"BEGIN:VEVENT", 1)
}

func invitations(text string) []map[string]string {
	var args []map[string]string
	for _, block := range invitation(text, "", false) {
		if block.Code == Invitation {
			args = append(args, block.Args)
		}
	}
	return args
}

func countInvitations(blocks []Block) (n int) {
	for i := range blocks {
		if blocks[i].Code == Invitation {
			n++
		}
	}
	return n
}

func TestInvitation(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []map[string]string
	}{
		{
			"exchange",
			`BEGIN:VCALENDAR
METHOD:REQUEST
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
` + exchangeChina + `BEGIN:VEVENT
ORGANIZER;CN="Li, Wei: Beijing":mailto:liwei@example.com
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=zhang@exam
 ple.com:mailto:zhang@example.com
DESCRIPTION;LANGUAGE=zh-CN:SUMMARY:not this\n
SUMMARY;LANGUAGE=zh-CN:第三季度\, 评审
DTSTART;TZID=China Standard Time:20261005T100000
DTEND;TZID=China Standard Time:20261005T110000
UID:040000008200E00074C5B7101A82E008
STATUS:CONFIRMED
LOCATION;LANGUAGE=zh-CN:三号会议室
X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
BEGIN:VALARM
DESCRIPTION:REMINDER
TRIGGER;RELATED=START:-PT15M
ACTION:DISPLAY
END:VALARM
END:VEVENT
END:VCALENDAR
`,
			[]map[string]string{{
				"title": "第三季度, 评审", "place": "三号会议室", "method": "request",
				"start": "2026-10-05T10:00:00+08:00", "end": "2026-10-05T11:00:00+08:00",
			}},
		},
		{
			"outlook quotes zones, and describes in HTML",
			zoned(exchangeBerlin, `SUMMARY:Planung`, `DTSTART;TZID="W. Europe Standard Time":20260706T090000`, `X-ALT-DESC;FMTTYPE=text/html:<html>DTEND:20260101T000000Z</html>`),
			[]map[string]string{{"title": "Planung", "start": "2026-07-06T09:00:00+02:00"}},
		},
		{
			"google",
			zoned(googleNewYork, "DTSTART;TZID=America/New_York:20261130T090000", "DTEND;TZID=America/New_York:20261130T093000", "SUMMARY:Stand-up", "LOCATION:"),
			[]map[string]string{{"title": "Stand-up", "start": "2026-11-30T09:00:00-05:00", "end": "2026-11-30T09:30:00-05:00"}},
		},
		{
			"apple: an alarm before the title",
			vevent("BEGIN:VALARM", "SUMMARY:Alarm", "TRIGGER:-PT15M", "DURATION:PT5M", "END:VALARM", "DTSTART:20261201T080000Z", "SUMMARY:Frühstück"),
			[]map[string]string{{"title": "Frühstück", "start": "2026-12-01T08:00:00Z"}},
		},
		{
			"tencent: a zone without onsets, times without a zone",
			zoned("BEGIN:VTIMEZONE\n\nTZID:+8\nBEGIN:STANDARD\nTZOFFSETFROM: +0800\nTZOFFSETTO:+0800\nEND:STANDARD\nEND:VTIMEZONE\n", "DTSTART:20190701T170000", "DTEND:20190701T173000", "SUMMARY:发起会议"),
			[]map[string]string{{"title": "发起会议", "start": "2019-07-01T17:00:00", "end": "2019-07-01T17:30:00"}},
		},
		{
			"tencent: a zone without onsets, used",
			zoned("BEGIN:VTIMEZONE\nTZID:TZ08\nBEGIN:STANDARD\nTZOFFSETTO: +0800\nEND:STANDARD\nEND:VTIMEZONE\n", "DTSTART;TZID=TZ08:20260611T170000", "SUMMARY:周会"),
			[]map[string]string{{"title": "周会", "start": "2026-06-11T17:00:00+08:00"}},
		},
		{
			"the first onset ends in Z",
			zoned("BEGIN:VTIMEZONE\nTZID:Xmail Custome Time\nBEGIN:STANDARD\nDTSTART:19700101T000000Z\nTZOFFSETFROM:+0800\nTZOFFSETTO:+0800\nEND:STANDARD\nEND:VTIMEZONE\n", "DTSTART;TZID=Xmail Custome Time:20260611T170000"),
			[]map[string]string{{"start": "2026-06-11T17:00:00+08:00"}},
		},
		{
			"a series, and a day of it that moved",
			"BEGIN:VCALENDAR\nMETHOD:REQUEST\n" +
				"BEGIN:VEVENT\nUID:1\nSUMMARY:Weekly\nDTSTART:20261102T090000Z\nRRULE:FREQ=WEEKLY\nEND:VEVENT\n" +
				"BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261109T090000Z\nSUMMARY:Weekly\nDTSTART:20261110T090000Z\nEND:VEVENT\nEND:VCALENDAR",
			[]map[string]string{
				{"title": "Weekly", "start": "2026-11-02T09:00:00Z", "method": "request", "repeats": "week"},
				{"title": "Weekly", "start": "2026-11-10T09:00:00Z", "method": "request", "instead": "2026-11-09T09:00:00Z"},
			},
		},
		{
			"a zone that is defined after its use",
			vevent("SUMMARY:x", "DTSTART;TZID=Mine:20260101T120000") + "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:-0330\nEND:STANDARD\nEND:VTIMEZONE",
			[]map[string]string{{"title": "x", "start": "2026-01-01T12:00:00-03:30"}},
		},
		{"nothing", "", nil},
		{"garbage", "hello:\n;:;\nDTSTART\nEND:VEVENT\nSUMMARY:x\n", nil},
		{"lines without a colon", vevent("SUMMARY", "DTSTART", "DTSTART;TZID=x", "BEGIN", ""), nil},
		{"an event of nothing", vevent("UID:1"), nil},
		{"busy times", "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VFREEBUSY\nDTSTART:20260101T000000Z\nSUMMARY:x\nEND:VFREEBUSY\nEND:VCALENDAR", []map[string]string{{"kind": "busy", "method": "reply", "start": "2026-01-01T00:00:00Z"}}},
		{
			"a question for busy times",
			"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VFREEBUSY\nORGANIZER:mailto:ann@example.org\nATTENDEE:mailto:bob@example.org\nDTSTART:20260101T000000Z\nDTEND:20260108T000000Z\nEND:VFREEBUSY\nEND:VCALENDAR",
			[]map[string]string{{"kind": "busy", "method": "request", "who": "ann@example.org", "start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z"}},
		},
		{"a journal", "BEGIN:VJOURNAL\nSUMMARY:Minutes\nDTSTART;VALUE=DATE:20260401\nEND:VJOURNAL", []map[string]string{{"kind": "journal", "title": "Minutes", "start": "2026-04-01"}}},
		{
			"a reply", "BEGIN:VCALENDAR\nMETHOD:REPLY\n" + vevent("SUMMARY:x", `ATTENDEE;PARTSTAT=DECLINED;CN="Bob; of ^'X^'":MAILTO:bob@example.org`, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:c@example.org", "STATUS:CANCELLED"),
			[]map[string]string{{"method": "reply", "title": "x", "answer": "declined", "who": `Bob; of "X" <bob@example.org>`}},
		},
		{
			"a reply of nobody", "BEGIN:VCALENDAR\nMETHOD:REPLY\n" + vevent("SUMMARY:x", "ATTENDEE;PARTSTAT=SOMETIMES:"),
			[]map[string]string{{"method": "reply", "title": "x"}},
		},
		{
			"a reply without a name", "BEGIN:VCALENDAR\nMETHOD:REPLY\n" + vevent("SUMMARY:x", "ATTENDEE;CN=bob@example.org;partstat=Tentative:mailto:Bob@example.org"),
			[]map[string]string{{"method": "reply", "title": "x", "answer": "tentative", "who": "Bob@example.org"}},
		},
		{"a question is no answer", vevent("SUMMARY:x", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org"), []map[string]string{{"title": "x"}}},
		{
			"a task: its last day counts",
			"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Tax\nDTSTART;VALUE=DATE:20260401\nDUE;VALUE=DATE:20260531\nEND:VTODO\nEND:VCALENDAR",
			[]map[string]string{{"kind": "task", "title": "Tax", "start": "2026-04-01", "end": "2026-05-31"}},
		},
		{
			"a task that only has to be done",
			"BEGIN:VTODO\nSUMMARY:Tax\nDUE:20260531T100000Z\nEND:VTODO",
			[]map[string]string{{"kind": "task", "title": "Tax", "end": "2026-05-31T10:00:00Z"}},
		},
		{
			"lost ends",
			"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Z1\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:+0300\nBEGIN:VEVENT\nSUMMARY:a\nDTSTART;TZID=Z1:20260101T100000\nBEGIN:VALARM\nSUMMARY:no\nBEGIN:VEVENT\nSUMMARY:b",
			[]map[string]string{{"title": "a", "start": "2026-01-01T10:00:00+03:00"}, {"title": "b"}},
		},
		{
			"a component in an alarm",
			vevent("BEGIN:VALARM", "BEGIN:VLOCATION", "SUMMARY:no", "END:VLOCATION", "SUMMARY:no", "END:VALARM", "SUMMARY:yes"),
			[]map[string]string{{"title": "yes"}},
		},
		{
			"events of nothing do not count",
			strings.Repeat(vevent("UID:1"), 9) + vevent("SUMMARY:x"),
			[]map[string]string{{"title": "x"}},
		},
		{
			"too many",
			strings.Repeat(vevent("SUMMARY:x"), 9),
			[]map[string]string{{"title": "x"}, {"title": "x"}, {"title": "x"}, {"title": "x"}, {"title": "x"}},
		},
	} {
		for ends, text := range map[string]string{
			"LF": test.text, "CRLF": strings.ReplaceAll(test.text, "\n", "\r\n"), "CR": strings.ReplaceAll(test.text, "\n", "\r"),
			"CRCRLF": strings.ReplaceAll(test.text, "\n", "\r\r\n"),
		} {
			t.Run(test.name+" "+ends, func(t *testing.T) {
				if got := invitations(text); !reflect.DeepEqual(got, test.want) {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			})
		}
	}
}

func TestInvitationIsANotice(t *testing.T) {
	want := []Block{{Kind: Notice, Code: Invitation, Args: map[string]string{"title": "x"}}}
	if got := invitation(vevent("SUMMARY:x"), "", false); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestInvitationText(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"plain", "SUMMARY:Lunch", "Lunch"},
		{"lower case", "summary:Lunch", "Lunch"},
		{"folded", "SUMMARY:Lu\n nch\n\t  today", "Lunch today"},
		{"folded, with a CR too many", "SUMMARY:Lu\r\r\n nch", "Lunch"},
		{"folded name", "SUM\n MARY:Lunch", "Lunch"},
		{"folded in a character", "SUMMARY:会\xe8\xae\n \xae", "会议"},
		{"escapes", `SUMMARY:a\, b\; c\\n\nd\Ne\:f`, `a, b; c\n d e:f`},
		{"no escape", `SUMMARY:C:\temp\`, `C:\temp\`},
		{"colons", "SUMMARY:10:30: ready", "10:30: ready"},
		{"quoted parameter", `SUMMARY;ALTREP="cid:1;x";LANGUAGE=zh-CN:午餐`, "午餐"},
		{"a quote that never ends", `SUMMARY;ALTREP="cid;LANGUAGE=de:Essen`, "Essen"},
		{"the first that says something", "SUMMARY: \nSUMMARY:one\nSUMMARY:two", "one"},
		{"control characters", "SUMMARY:a\x1b[31mb\u202ec\x00", "abc"},
		{"long", "SUMMARY:" + strings.Repeat("会", 300), strings.Repeat("会", 199) + "…"},
		{"quoted-printable", "SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E4=BC=9A=E8=AE=AE", "会议"},
		{"quoted-printable in another charset", "SUMMARY;ENCODING=quoted-printable;CHARSET=windows-1251:=CF=EB=E0=ED", "План"},
		{"quoted-printable without a name", "SUMMARY;QUOTED-PRINTABLE:a=3Db", "a=b"},
		{"quoted-printable that goes on", "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E4=BC=\r\n=9A=\r\n=E8=AE=AE", "会议"},
		{"quoted-printable that is folded", "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E4=BC=\r\n =9A=\r\n =E8=AE=AE", "会议"},
		{"quoted-printable without an end", "SUMMARY;ENCODING=QUOTED-PRINTABLE:plan=", "plan"},
		{"none", "SUMMARY:a=3Db=", "a=3Db="},
		{"others", "X-SUMMARY:no\nSUMMARYX:no\nSUMMARY:yes", "yes"},
	} {
		got := invitations(vevent(test.line))
		if want := []map[string]string{{"title": test.want}}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", test.name, got, want)
		}
	}
}

func TestInvitationMethod(t *testing.T) {
	for _, test := range []struct{ calendar, event, want string }{
		{"METHOD:REQUEST", "", "request"},
		{"method: Reply ", "", "reply"},
		{"METHOD:PUBLISH", "", "publish"},
		{"METHOD:COUNTER", "", "counter"},
		{"METHOD:CANCEL", "", "cancel"},
		{"METHOD:REQUEST\nMETHOD:PUBLISH", "", "request"},
		{"METHOD:X-OWN", "", ""},
		{"", "", ""},
		{"", "METHOD:REQUEST", ""},
		{"METHOD:REQUEST", "STATUS:CONFIRMED", "request"},
		{"METHOD:REQUEST", "STATUS:CANCELLED", "cancel"},
		{"", "status: cancelled", "cancel"},
		{"METHOD:REPLY", "STATUS:CANCELLED", "reply"},
	} {
		text := strings.Replace(vevent("SUMMARY:x", test.event), "BEGIN:VEVENT", test.calendar+"\nBEGIN:VEVENT", 1)
		if got := invitations(text); len(got) != 1 || got[0]["method"] != test.want {
			t.Errorf("%q, %q: got %q, want %q", test.calendar, test.event, got, test.want)
		}
	}
}

func TestInvitationTimes(t *testing.T) {
	for _, test := range []struct{ name, properties, start, end string }{
		{"UTC", "DTSTART:20261005T100000Z\nDTEND:20261005T110000Z", "2026-10-05T10:00:00Z", "2026-10-05T11:00:00Z"},
		{"UTC despite a zone", "DTSTART;TZID=Asia/Tokyo:20261005T100000Z", "2026-10-05T10:00:00Z", ""},
		{"in no zone", "DTSTART:20261005T100000\nDTEND:20261005T110000", "2026-10-05T10:00:00", "2026-10-05T11:00:00"},
		{"without seconds", "DTSTART:20261005T1000", "2026-10-05T10:00:00", ""},
		{"lower case, blanks", "dtstart: 20261005t100000z ", "2026-10-05T10:00:00Z", ""},
		{"the first counts", "DTSTART:20261005T100000Z\nDTSTART:20261006T100000Z", "2026-10-05T10:00:00Z", ""},
		{"one day", "DTSTART;VALUE=DATE:20261005\nDTEND;VALUE=DATE:20261006", "2026-10-05", ""},
		{"one day without an end", "DTSTART;VALUE=DATE:20261005", "2026-10-05", ""},
		{"one day, from those who think that it is the last", "DTSTART;VALUE=DATE:20261005\nDTEND;VALUE=DATE:20261005", "2026-10-05", ""},
		{"days", "DTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102", "2026-12-30", "2027-01-01"},
		{"days without VALUE", "DTSTART:20261230\nDTEND:20270102", "2026-12-30", "2027-01-01"},
		{"days by duration", "DTSTART;VALUE=DATE:20261005\nDURATION:P3D", "2026-10-05", "2026-10-07"},
		{"one day by duration", "DTSTART;VALUE=DATE:20261005\nDURATION:PT24H", "2026-10-05", ""},
		{"days by duration in hours", "DTSTART;VALUE=DATE:20261005\nDURATION:PT48H", "2026-10-05", "2026-10-06"},
		{"days of Exchange", "DTSTART;TZID=China Standard Time:20261005T000000\nDTEND;TZID=China Standard Time:20261008T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "2026-10-05", "2026-10-07"},
		{"no days of Exchange", "DTSTART:20261005T160000Z\nDTEND:20261006T160000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "2026-10-05T16:00:00Z", "2026-10-06T16:00:00Z"},
		{"duration", "DTSTART:20261005T100000Z\nDURATION:PT1H30M", "2026-10-05T10:00:00Z", "2026-10-05T11:30:00Z"},
		{"duration, weeks", "DTSTART:20261005T100000\nDURATION:P2W", "2026-10-05T10:00:00", "2026-10-19T10:00:00"},
		{"duration, days and more", "DURATION:+p1dt2h3m4s\nDTSTART:20261005T100000Z", "2026-10-05T10:00:00Z", "2026-10-06T12:03:04Z"},
		{"a day of 25 hours", "DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D", "2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00"},
		{"an end beats a duration", "DTSTART:20261005T100000Z\nDTEND:20261005T110000Z\nDURATION:PT5H", "2026-10-05T10:00:00Z", "2026-10-05T11:00:00Z"},
		{"backwards", "DTSTART:20261005T100000Z\nDURATION:-PT1H", "2026-10-05T10:00:00Z", ""},
		{"ages", "DTSTART:20261005T100000Z\nDURATION:P999999W", "2026-10-05T10:00:00Z", ""},
		{"more than ages", "DTSTART:20261005T100000Z\nDURATION:P99999999999999999999D", "2026-10-05T10:00:00Z", ""},
		{"no duration", "DTSTART:20261005T100000Z\nDURATION:P", "2026-10-05T10:00:00Z", ""},
		{"an end before the start", "DTSTART:20261005T100000Z\nDTEND:20261005T090000Z", "2026-10-05T10:00:00Z", ""},
		{"an end of another kind", "DTSTART:20261005T100000Z\nDTEND;VALUE=DATE:20261009", "2026-10-05T10:00:00Z", ""},
		{"a flight", "DTSTART;TZID=Asia/Shanghai:20261005T130000\nDTEND;TZID=Europe/Berlin:20261005T113000", "2026-10-05T13:00:00+08:00", "2026-10-05T11:30:00+02:00"},
		{"no time", "DTSTART:tomorrow", "", ""},
		{"no date", "DTSTART:20260231T100000Z", "", ""},
		{"never set", "DTSTART:00010101T000000Z\nDTEND:00010101T000000Z", "", ""},
		{"the last year", "DTSTART;VALUE=DATE:99991230\nDURATION:P9D", "9999-12-30", ""},
	} {
		got := invitations(vevent("SUMMARY:x", test.properties))
		if len(got) != 1 || got[0]["start"] != test.start || got[0]["end"] != test.end || got[0]["zone"] != "" {
			t.Errorf("%s: got %q, want %q to %q", test.name, got, test.start, test.end)
		}
	}
}

func TestInvitationZones(t *testing.T) {
	custom := strings.Replace(exchangeBerlin, "W. Europe Standard Time", "tzone://Microsoft/Custom", 1)
	beijing := strings.Replace(exchangeChina, "China Standard Time", `(UTC+08:00) Beijing\, Chongqing\, Hong Kong\, Urumqi`, 1)
	// Berlin of a sender that knows of the end of summer time.
	newer := "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
	// What Nextcloud wrote for a zone that gave up summer time.
	saoPaulo := "BEGIN:VTIMEZONE\nTZID:America/Sao_Paulo\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:-0300\nTZOFFSETTO:-0200\nDTSTART:20181104T000000\nRDATE:20181104T000000\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:-0200\nTZOFFSETTO:-0300\nDTSTART:20190217T000000\nRDATE:20190217T000000\nEND:STANDARD\nEND:VTIMEZONE\n"
	// The changes of the current years only.
	dates := "BEGIN:VTIMEZONE\nTZID:Dates\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nDTSTART:20251026T030000\nRDATE:20261025T030000\nEND:STANDARD\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nDTSTART:20260329T020000\nRDATE:20270328T020000,20280326T020000\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
	// Rules as they changed in the United States, with their ends.
	changed := "BEGIN:VTIMEZONE\nTZID:Changed\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nDTSTART:19870405T020000\nRRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nDTSTART:19671029T020000\nRRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=SU\nEND:STANDARD\nEND:VTIMEZONE\n"
	summerOnly := "BEGIN:VTIMEZONE\nTZID:Summer\nBEGIN:DAYLIGHT\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nDTSTART:19700329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
	fixedDay := "BEGIN:VTIMEZONE\nTZID:Fixed\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:+0330\nTZOFFSETTO:+0430\nDTSTART:20200321T000000\nRRULE:FREQ=YEARLY\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:+0430\nTZOFFSETTO:+0330\nDTSTART:20200921T000000\nRRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=21\nEND:STANDARD\nEND:VTIMEZONE\n"
	// Summer time that ended, in a rule of which nothing is left.
	ended := "BEGIN:VTIMEZONE\nTZID:Ended\n" +
		"BEGIN:DAYLIGHT\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\nDTSTART:19930328T020000\nRRULE:FREQ=YEARLY;UNTIL=20100328;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n" +
		"BEGIN:STANDARD\nTZOFFSETFROM:+0400\nTZOFFSETTO:+0300\nDTSTART:19921025T030000\nRRULE:FREQ=YEARLY;UNTIL=20101030T230000Z;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\n"
	endedEarly := strings.Replace(ended, "UNTIL=20100328", "UNTIL=20100101", 1)
	secondLast := strings.ReplaceAll(exchangeBerlin, "-1SU", "-2SU")
	twice := exchangeChina + strings.ReplaceAll(exchangeChina, "+0800", "+0000")
	bare := "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE\n"
	noOffset := "BEGIN:VTIMEZONE\nTZID:China Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETTO:east\nEND:STANDARD\nEND:VTIMEZONE\n"
	for _, test := range []struct{ name, zone, start, want string }{
		{"winter", exchangeBerlin, "TZID=W. Europe Standard Time:20260115T090000", "2026-01-15T09:00:00+01:00"},
		{"last hour of winter", exchangeBerlin, "TZID=W. Europe Standard Time:20260329T015959", "2026-03-29T01:59:59+01:00"},
		{"an hour that is left out", exchangeBerlin, "TZID=W. Europe Standard Time:20260329T023000", "2026-03-29T02:30:00+01:00"},
		{"first hour of summer", exchangeBerlin, "TZID=W. Europe Standard Time:20260329T030000", "2026-03-29T03:00:00+02:00"},
		{"an hour that comes twice", exchangeBerlin, "TZID=W. Europe Standard Time:20261025T023000", "2026-10-25T02:30:00+02:00"},
		{"winter again", exchangeBerlin, "TZID=W. Europe Standard Time:20261025T030000", "2026-10-25T03:00:00+01:00"},
		{"the second Sunday", googleNewYork, "TZID=America/New_York:20260308T030000", "2026-03-08T03:00:00-04:00"},
		{"before the second Sunday", googleNewYork, "TZID=America/New_York:20260307T030000", "2026-03-07T03:00:00-05:00"},
		{"the first Sunday", googleNewYork, "TZID=America/New_York:20261101T020000", "2026-11-01T02:00:00-05:00"},
		{"New Year", googleNewYork, "TZID=America/New_York:20270101T000000", "2027-01-01T00:00:00-05:00"},
		{"quoted, a custom zone", custom, `TZID="tzone://Microsoft/Custom":20260715T090000`, "2026-07-15T09:00:00+02:00"},
		{"bare, a custom zone", custom, `TZID=tzone://Microsoft/Custom:20260715T090000`, "2026-07-15T09:00:00+02:00"},
		{"other case", exchangeBerlin, "TZID=W. EUROPE STANDARD TIME:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"escaped in its definition", beijing, `TZID="(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi":20260715T090000`, "2026-07-15T09:00:00+08:00"},
		{"a parameter before", exchangeBerlin, `X-A="b;TZID=c:d";VALUE=DATE-TIME;tzid=W. Europe Standard Time:20260715T090000`, "2026-07-15T09:00:00+02:00"},
		{"the calendar knows better", newer, "TZID=Europe/Berlin:20260715T090000", "2026-07-15T09:00:00+01:00"},
		{"summer time that ended", saoPaulo, "TZID=America/Sao_Paulo:20261215T090000", "2026-12-15T09:00:00-03:00"},
		{"dates, winter", dates, "TZID=Dates:20260101T090000", "2026-01-01T09:00:00+01:00"},
		{"dates, summer", dates, "TZID=Dates:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"dates, winter again", dates, "TZID=Dates:20261101T090000", "2026-11-01T09:00:00+01:00"},
		{"dates, the second of a line", dates, "TZID=Dates:20280715T090000", "2028-07-15T09:00:00+02:00"},
		{"dates, before them", dates, "TZID=Dates:20250715T090000", "2025-07-15T09:00:00+02:00"},
		{"rules before 2007", changed, "TZID=Changed:20060320T090000", "2006-03-20T09:00:00-05:00"},
		{"rules before 2007, last summer", changed, "TZID=Changed:20061028T090000", "2006-10-28T09:00:00-04:00"},
		{"rules before 2007, last winter", changed, "TZID=Changed:20070310T090000", "2007-03-10T09:00:00-05:00"},
		{"rules since 2007", changed, "TZID=Changed:20260309T090000", "2026-03-09T09:00:00-04:00"},
		{"rules since 2007, autumn", changed, "TZID=Changed:20261031T090000", "2026-10-31T09:00:00-04:00"},
		{"rules since 2007, winter", changed, "TZID=Changed:20261102T090000", "2026-11-02T09:00:00-05:00"},
		{"half a zone", summerOnly, "TZID=Summer:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"a fixed day, summer", fixedDay, "TZID=Fixed:20260322T090000", "2026-03-22T09:00:00+04:30"},
		{"a fixed day, winter", fixedDay, "TZID=Fixed:20260922T090000", "2026-09-22T09:00:00+03:30"},
		{"after all rules", ended, "TZID=Ended:20260715T090000", "2026-07-15T09:00:00+03:00"},
		{"the last of a rule", ended, "TZID=Ended:20100715T090000", "2010-07-15T09:00:00+04:00"},
		{"a rule that ended before the day", endedEarly, "TZID=Ended:20100715T090000", "2010-07-15T09:00:00+03:00"},
		{"the last Sunday but one", secondLast, "TZID=W. Europe Standard Time:20260323T090000", "2026-03-23T09:00:00+02:00"},
		{"defined twice", twice, "TZID=China Standard Time:20260715T090000", "2026-07-15T09:00:00+08:00"},
		{"defined by nothing", bare, "TZID=Europe/Berlin:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"defined by nothing readable", noOffset, "TZID=China Standard Time:20260715T090000", "2026-07-15T09:00:00+08:00"},
		{"IANA", "", "TZID=America/New_York:20260715T090000", "2026-07-15T09:00:00-04:00"},
		{"IANA, of a maker", "", "TZID=/freeassociation.sourceforge.net/Tzfile/Europe/Berlin:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"IANA, absolute", "", "TZID=/Europe/Vienna:20260715T090000", "2026-07-15T09:00:00+02:00"},
		{"Beijing of none", "", "TZID=Asia/Beijing:20260715T090000", "2026-07-15T09:00:00+08:00"},
		{"Windows, China", "", "TZID=China Standard Time:20260715T090000", "2026-07-15T09:00:00+08:00"},
		{"Windows, quoted", "", `TZID="W. Europe Standard Time":20260715T090000`, "2026-07-15T09:00:00+02:00"},
		{"Windows, Pacific", "", "TZID=Pacific Standard Time:20260715T090000", "2026-07-15T09:00:00-07:00"},
		{"Outlook, China", "", "TZID=(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi:20260715T090000", "2026-07-15T09:00:00+08:00"},
		{"Outlook, India", "", `TZID="(GMT+05.30) Kolkata/Chennai/Mumbai/New Delhi/India Standard Time":20260715T090000`, "2026-07-15T09:00:00+05:30"},
		{"Exchange, UTC", "", `TZID="tzone://Microsoft/Utc":20260715T090000`, "2026-07-15T09:00:00Z"},
		{"an offset", "", "TZID=GMT-0500:20260715T090000", "2026-07-15T09:00:00-05:00"},
		{"a short offset", "", "TZID=+8:20260715T090000", "2026-07-15T09:00:00+08:00"},
	} {
		got := invitations(zoned(test.zone, "SUMMARY:x", "DTSTART;"+test.start))
		if len(got) != 1 || got[0]["start"] != test.want || got[0]["zone"] != "" {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// A time in a zone that nobody knows is neither of the reader's zone nor of
// another: it is told with the zone's name.
func TestInvitationZoneUnknown(t *testing.T) {
	for _, zone := range []string{
		"Customized Time Zone", "tzone://Microsoft/Custom", "Europe/Nowhere", "Local", "../../etc/passwd", "/etc/localtime",
		"(UTC+01:00) Amsterdam, Berlin", "UTC+25", strings.Repeat("a/", 90),
	} {
		want := []map[string]string{{"start": "2026-07-15T09:00:00", "end": "2026-07-15T10:00:00", "zone": zone}}
		if got := invitations(vevent(`DTSTART;TZID="`+zone+`":20260715T090000`, "DURATION:PT1H")); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", zone, got, want)
		}
	}
}

// Every name that stands for another leads to a zone.
func TestKnownZones(t *testing.T) {
	for name, known := range knownZones {
		if name != strings.ToLower(name) {
			t.Errorf("%s is never found", name)
		}
		if location(name) == nil {
			t.Errorf("%s: no zone %s", name, known)
		}
	}
}

// A rule is told in a few words, or as one that words would misstate.
func TestRecurrence(t *testing.T) {
	for rule, want := range map[string]string{
		"FREQ=DAILY":                                             "day",
		"freq=daily;interval=2;count=5":                          "day every 2 times 5",
		"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR":                        "week days MO,TU,WE,TH,FR",
		"FREQ=DAILY;INTERVAL=2;BYDAY=MO":                         "other",
		"W2 TU TH #0":                                            "other",
		"FREQ=DAILY;BYMONTH=1":                                   "other",
		"FREQ=WEEKLY;WKST=SU;BYDAY=TU,TH;UNTIL=20261224T000000Z": "week days TU,TH until 2026-12-24T00:00:00Z",
		"FREQ=WEEKLY;UNTIL=20261224":                             "week until 2026-12-24",
		"FREQ=WEEKLY;UNTIL=20261224T000000":                      "week until 2026-12-24T00:00:00+08:00",
		"FREQ=WEEKLY;BYDAY=1TU":                                  "other",
		"FREQ=MONTHLY":                                           "month",
		"FREQ=MONTHLY;BYMONTHDAY=15":                             "month",
		"FREQ=MONTHLY;BYMONTHDAY=1,15":                           "other",
		"FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR":                    "other",
		"FREQ=MONTHLY;BYDAY=-1FR":                                "month days -1FR",
		"FREQ=MONTHLY;BYDAY=+2TU":                                "month days 2TU",
		"FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2":                       "month days 2TU",
		"FREQ=MONTHLY;BYDAY=FR":                                  "other",
		"FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3":                     "month days 1TU,3TU",
		"FREQ=MONTHLY;BYDAY=1MO,-1MO":                            "month days 1MO,-1MO",
		"FREQ=MONTHLY;BYDAY=2TU,4TH;COUNT=8":                     "month days 2TU,4TH times 8",
		"FREQ=YEARLY;BYMONTH=5;BYDAY=SU;BYSETPOS=1,2":            "year days 1SU,2SU month 5",
		"FREQ=MONTHLY;BYDAY=1MO,TU":                              "other",
		"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2":                  "other",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2":           "other",
		"FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1":                    "other",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":          "month days -1workday",
		"FREQ=MONTHLY;BYDAY=FR,TH,WE,TU,MO;BYSETPOS=1":           "month days 1workday",
		"FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=-1":    "month days -1day",
		"FREQ=MONTHLY;BYMONTHDAY=-1":                             "month days -1day",
		"FREQ=YEARLY;BYDAY=-1SU":                                 "year",
		"FREQ=MONTHLY;BYMONTH=1":                                 "other",
		"FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU":                       "year days -1SU month 3",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1":                    "year days -1day month 2",
		"FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8":                     "year",
		"FREQ=YEARLY;BYMONTHDAY=8":                               "other",
		"FREQ=YEARLY;BYMONTH=3,4":                                "other",
		"FREQ=YEARLY;BYWEEKNO=20":                                "other",
		"FREQ=HOURLY":                                            "other",
		"FREQ=WEEKLY;COUNT=1":                                    "",
		"FREQ=WEEKLY;COUNT=many":                                 "other",
		"FREQ=WEEKLY;INTERVAL=99999999999999999999":              "other",
		"nonsense": "",
		"FREQ=WEEKLY;BYDAY=" + strings.Repeat("MO,", 100_000) + "MO": "other",
	} {
		args := invitations(vevent("SUMMARY:x", "DTSTART;TZID=Asia/Shanghai:20261201T100000", "RRULE:"+rule))[0]
		got := args["repeats"]
		for _, name := range []string{"every", "days", "month", "times", "until"} {
			if args[name] != "" {
				got += " " + name + " " + args[name]
			}
		}
		if got != want {
			t.Errorf("%.80s: %q, want %q", rule, got, want)
		}
	}
}

// Dates that do not take place are said, and never shown as the first; so are
// those besides, and what one date of a series stands for.
func TestDatesOfSeries(t *testing.T) {
	for _, test := range []struct{ event, want string }{
		{"DTSTART:20261201T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE:20261201T090000Z", "2026-12-08T09:00:00Z"},
		{"DTSTART:20261201T090000Z\nDTEND:20261201T100000Z\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20261201T090000Z,20261208T090000Z", "2026-12-15T09:00:00Z 2026-12-15T10:00:00Z repeats=week times=2"},
		{"DTSTART:20261201T090000Z\nRRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261201\nEXDATE:20261225T090000Z", "2026-12-02T09:00:00Z repeats=day except=2026-12-25T09:00:00Z"},
		{"DTSTART;TZID=Asia/Shanghai:20261201T150000\nRRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR\nEXDATE:20261201T070000Z,20261202T070000Z,20261203T070000Z,20261204T070000Z", "2026-12-07T15:00:00+08:00 repeats=week days=MO,TU,WE,TH,FR"},
		{"DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270101\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1\nEXDATE;VALUE=DATE:20261231,20270131", "2027-02-28 repeats=month days=-1day"},
		{"DTSTART:20261201T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,3\nEXDATE:20261201T090000Z", "2026-12-15T09:00:00Z repeats=month days=1TU,3TU"},
		{"DTSTART:20261130T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1\nEXDATE:20261130T090000Z,20261231T090000Z", "2027-01-29T09:00:00Z repeats=month days=-1workday"},
		{"DTSTART:20270328T090000Z\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEXDATE:20270328T090000Z", "2028-03-26T09:00:00Z repeats=year days=-1SU month=3"},
		{"DTSTART:20261201T090000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH\nEXDATE:20261201T090000Z,20261203T090000Z", "2026-12-15T09:00:00Z repeats=week every=2 days=TU,TH"},
		{"DTSTART:20261201T090000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=20\nEXDATE:20261201T090000Z", " repeats=other except=2026-12-01T09:00:00Z"},
		{"DTSTART:20261201T090000Z\nEXDATE:20261201T090000Z", "2026-12-01T09:00:00Z"},
		{"DTSTART:20261201T150000Z\nRDATE:20261201T150000Z,20261203T150000Z\nRDATE;VALUE=PERIOD:20261207T150000Z/PT1H", "2026-12-01T15:00:00Z repeats=dates dates=2026-12-03T15:00:00Z,2026-12-07T15:00:00Z"},
		{"DTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260102,20260103,20260104,20260105,20260106,20260107", "2026-01-01 repeats=dates dates=2026-01-02,2026-01-03,2026-01-04,2026-01-05,2026-01-06,…"},
		{"RECURRENCE-ID;RANGE=THISANDFUTURE:20261208T090000Z\nDTSTART:20261208T100000Z", "2026-12-08T10:00:00Z instead=2026-12-08T09:00:00Z following=yes"},
		{"RECURRENCE-ID;VALUE=DATE:20261208\nDTSTART:20261208T100000Z", "2026-12-08T10:00:00Z"},
		{"RECURRENCE-ID:20261208T090000Z\nSTATUS:CANCELLED", "2026-12-08T09:00:00Z"},
	} {
		args := invitations(vevent("SUMMARY:x", test.event))[0]
		got := args["start"]
		if args["end"] != "" {
			got += " " + args["end"]
		}
		for _, name := range []string{"repeats", "every", "days", "month", "times", "except", "dates", "instead", "following"} {
			if args[name] != "" {
				got += " " + name + "=" + args[name]
			}
		}
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.event, got, test.want)
		}
	}
}

// A description is text, bounded, and may be HTML; a reply's comment is what
// the attendee has written.
func TestDescription(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"lines", vevent("SUMMARY:x", `DESCRIPTION:Bring\, please\;\nthe files.\n\nThank you.`), "Bring, please;\nthe files.\n\nThank you."},
		{"HTML", vevent("SUMMARY:x", `DESCRIPTION:<p>Bring <b>all</b> files.</p><br>Thanks`), "Bring all files.\n\nThanks"},
		{"long", vevent("SUMMARY:x", "DESCRIPTION:"+strings.Repeat("会", 5000)), strings.Repeat("会", maxDescription-1) + "…"},
		{"of an alarm", vevent("SUMMARY:x", "BEGIN:VALARM", "DESCRIPTION:no", "END:VALARM"), ""},
		{"of nothing", vevent("DESCRIPTION:no"), ""},
		{"a reply", "METHOD:REPLY\n" + vevent("SUMMARY:x", "DESCRIPTION:no", "COMMENT:I am away."), "I am away."},
	} {
		if got := (Document{Blocks: invitation(test.text, "", false)}).Text(nil); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Of a long calendar the rest is counted.
func TestMoreEvents(t *testing.T) {
	event := "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n"
	for n, want := range map[int]string{maxEvents: "", maxEvents + 2: "2"} {
		blocks := invitation("BEGIN:VCALENDAR\n"+strings.Repeat(event, n)+"END:VCALENDAR\n", "", false)
		if last := blocks[len(blocks)-1]; last.Args["more"] != want || len(blocks) != min(n, maxEvents+1) {
			t.Errorf("%d events: %v", n, blocks)
		}
	}
}

// Who asks or proposes is said, also where that is all.
func TestWhoAsks(t *testing.T) {
	const who = "ATTENDEE;CN=Zoe:mailto:z@x.example"
	for _, test := range []struct{ method, event, want string }{
		{"REFRESH", "SUMMARY:x\n" + who, "Zoe <z@x.example>"},
		{"REFRESH", "UID:1\n" + who, "Zoe <z@x.example>"},
		{"COUNTER", "SUMMARY:x\n" + who, "Zoe <z@x.example>"},
		{"ADD", "SUMMARY:x\n" + who, ""},
		{"REQUEST", "SUMMARY:x\n" + who, ""},
	} {
		got := invitations("METHOD:" + test.method + "\n" + vevent(test.event))
		if len(got) != 1 || got[0]["who"] != test.want || got[0]["method"] != strings.ToLower(test.method) {
			t.Errorf("%s, %q: %q", test.method, test.event, got)
		}
	}
}

// What is written about an event, in whichever property, and where to join.
func TestDescriptions(t *testing.T) {
	for _, test := range []struct{ event, want string }{
		{"X-ALT-DESC;FMTTYPE=text/html:<p>Bring <b>pens</b></p>", "Bring pens"},
		{"X-ALT-DESC;FMTTYPE=text/html:<p>no</p>\nDESCRIPTION:yes", "yes"},
		{"CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/x\nURL:https://x.example/e", "https://meet.example/x"},
		{"DESCRIPTION:Join: https://meet.example/x\nX-GOOGLE-CONFERENCE:https://meet.example/x", "Join: https://meet.example/x"},
		{"LOCATION:https://meet.example/x\nURL:https://meet.example/x", ""},
		{"URL:file:///etc/passwd", ""},
	} {
		if got := (Document{Blocks: invitation(vevent("SUMMARY:x", test.event), "", false)}).Text(nil); got != test.want {
			t.Errorf("%q: %q, want %q", test.event, got, test.want)
		}
	}
}

// Who comes instead is said.
func TestDelegates(t *testing.T) {
	for line, want := range map[string]string{
		`ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:q@x.example";CN=Zoe:mailto:z@x.example`:     "q@x.example",
		`ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:q@x.example","mailto:r@x.example":mailto:z`: "q@x.example, r@x.example",
		`ATTENDEE;PARTSTAT=DELEGATED:mailto:z@x.example`:                                              "",
		`ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-TO="mailto:q@x.example":mailto:z@x.example`:             "",
	} {
		if got := invitations("METHOD:REPLY\n" + vevent("SUMMARY:x", line))[0]["delegate"]; got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestUnfoldTwice(t *testing.T) {
	text := "BEGIN:VEVENT\r\nSUMMARY:a\r\n b\r\n  c\r\n\td\nSTATUS:x\n"
	want := "BEGIN:VEVENT\r\nSUMMARY:ab cd\nSTATUS:x\n"
	if got := unfold(text); got != want || unfold(got) != want {
		t.Errorf("got %q, then %q, want %q", got, unfold(got), want)
	}
}

// A megabyte of anything takes its time once, not times its length.
func TestInvitationIsLinear(t *testing.T) {
	const size = 1 << 20
	event := "BEGIN:VEVENT\nSUMMARY:x\n"
	use := strings.Repeat(event+"DTSTART;TZID=Z:20260101T000000\nDTEND;TZID=Z:20260102T000000\nEND:VEVENT\n", 6)
	observance := "BEGIN:STANDARD\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n"
	for name, of := range map[string][2]string{
		"components":        {"", "BEGIN:X\n"},
		"events":            {"", event},
		"ends":              {strings.Repeat("BEGIN:VALARM\n", 9), "END:X\n"},
		"folds":             {event + "SUMMARY:", "\n "},
		"carriage returns":  {event + "SUMMARY:", "\r"},
		"a long title":      {"BEGIN:VEVENT\nSUMMARY:", `\n\\会`},
		"escapes":           {"BEGIN:VEVENT\nSUMMARY:", "\x1b]"},
		"titles of nothing": {"BEGIN:VEVENT\n", "SUMMARY: \n"},
		"parameters":        {event + `DTSTART;"`, ";"},
		"quotes":            {event + "DTSTART", `;"`},
		"names":             {event + "DTSTART;TZID=", "A/"},
		"numbers":           {event + "DTSTART:20260101\nDURATION:P", "9"},
		"offset":            {event + "DTSTART;TZID=+", "1"},
		"zones":             {use + "BEGIN:VTIMEZONE\n", "TZID:Z\nBEGIN:VTIMEZONE\n"},
		"observances":       {use + "BEGIN:VTIMEZONE\nTZID:Z\n", observance},
		"dates":             {use + "BEGIN:VTIMEZONE\nTZID:Z\n" + observance + "RDATE:20250101T000000", ",20250101T000000"},
		"lines of dates":    {use + "BEGIN:VTIMEZONE\nTZID:Z\n" + observance, "RDATE:20250101T000000\n"},
		"descriptions":      {strings.Repeat(event+"END:VEVENT\n", 4) + event + "DESCRIPTION:", `<b\n>`},
		"attendees":         {event, "ATTENDEE;CN=^^;X=\"\":mailto:a@b\n"},
		"excluded dates":    {strings.Repeat(event+"DTSTART:20260101T000000\nRRULE:FREQ=YEARLY;INTERVAL=9\nEXDATE:20260101T000000,20350101T000000\nEND:VEVENT\n", 4) + event + "DTSTART:20260101\nRRULE:FREQ=DAILY\nEXDATE:20260101", ",20260102"},
		"lines excluded":    {event + "DTSTART;TZID=Europe/Berlin:20260101T000000\nRRULE:FREQ=DAILY\n", "EXDATE;TZID=Europe/Berlin:20260101T000000\n"},
		"rule of an event":  {event + "RRULE:FREQ=WEEKLY", ";BYDAY=MO"},
		"rule":              {use + "BEGIN:VTIMEZONE\nTZID:Z\n" + observance + "RRULE:FREQ=YEARLY;BYDAY=1SU", ",1SU"},
	} {
		t.Run(name, func(t *testing.T) {
			text := of[0] + strings.Repeat(of[1], (size-len(of[0]))/len(of[1]))
			blocks := invitation(text, "", false)
			if n := countInvitations(blocks); n > maxEvents {
				t.Errorf("got %d events", n)
			}
		})
	}
}

func FuzzInvitation(f *testing.F) {
	for _, text := range []string{
		"",
		vevent(`SUMMARY;LANGUAGE=zh-CN:a\, b\;`, "LOCATION:\n x", "DTSTART:20260101T000000", "DURATION:P1DT2H", "STATUS:CANCELLED"),
		vevent("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260103", "BEGIN:VALARM", "TRIGGER:-PT1M", "END:VALARM"),
		vevent(`DTSTART;TZID="(UTC+08:00) Beijing":20260101T000000`, "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
		vevent("DTSTART;TZID=/a/b/Europe/Berlin:99991231T235959", "DTEND;TZID=tzone://Microsoft/Custom:20260101T000000"),
		"METHOD:REPLY\n" + vevent("SUMMARY:x", "ATTENDEE;PARTSTAT=DECLINED;CN=^^n:mailto:a@b", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260101T000000Z", "COMMENT:<b>x"),
		"METHOD:REPLY\nBEGIN:VTODO\nDUE:20260101T000000Z\n",
		vevent("SUMMARY:x", "DTSTART:20261201T090000Z", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "EXDATE:20261201T090000Z,20261225", "RDATE:20261203/P1D", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201"),
		zoned(exchangeBerlin, "DTSTART;TZID=W. Europe Standard Time:20260329T023000"),
		zoned(exchangeChina, "DTSTART;TZID=China Standard Time:20260329T023000"),
		zoned("BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:DAYLIGHT\nTZOFFSETFROM:-0330\nTZOFFSETTO:+235959\nDTSTART:00010101\nRDATE:20260101T000000,20270101\nRRULE:FREQ=YEARLY;BYDAY=-5SU;BYMONTHDAY=31;UNTIL=20300101T000000Z\nEND:DAYLIGHT\nEND:VTIMEZONE\n", "DTSTART;TZID=Z:20260102T000000"),
	} {
		f.Add(text)
		f.Add(strings.ReplaceAll(text, "\n", "\r\n"))
	}
	layouts := []string{time.DateOnly, floating, time.RFC3339}
	f.Fuzz(func(t *testing.T, text string) {
		blocks := invitation(text, "", false)
		if n := countInvitations(blocks); n > maxEvents {
			t.Fatalf("%d events", n)
		}
		for _, block := range blocks {
			if block.Kind != Notice {
				continue // of a description
			}
			if block.Code != Invitation {
				t.Fatalf("a notice of %q", block.Code)
			}
			for name, value := range block.Args {
				if value == "" || value != plaintext.Clean(value) || utf8.RuneCountInString(value) > maxArg {
					t.Fatalf("%s: %q is not fit to show", name, value)
				}
			}
			parse := func(value string) (at time.Time, layout string) {
				for _, layout := range layouts {
					if at, err := time.Parse(layout, value); err == nil {
						return at, layout
					}
				}
				t.Fatalf("%q is no time", value)
				return time.Time{}, ""
			}
			start, end := block.Args["start"], block.Args["end"]
			if end != "" {
				parse(end)
			}
			if start != "" {
				from, layout := parse(start)
				if end != "" {
					if to, same := parse(end); layout != same || !to.After(from) {
						t.Fatalf("from %s to %s", start, end)
					}
				}
			}
		}
	})
}
