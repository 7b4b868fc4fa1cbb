package explain

import (
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
)

// Document is the text of a message as windows and commands show it, with the
// sentences of its notices. Times are told in now's time zone.
func Document(d message.Document, now time.Time, loc *locale.Catalogue) string {
	return d.Text(func(b message.Block) string { return Notice(b, now, loc) })
}

// NoText says that a message shows none, or that the part of it that was
// loaded does not.
func NoText(complete bool, loc *locale.Catalogue) string {
	if complete {
		return loc.T("window.no_text")
	}
	return loc.T("window.no_text_yet")
}

// Pictures says how many pictures of a document were not loaded, and how many
// of them nobody would see; it is empty if there are none.
func Pictures(d message.Document, loc *locale.Catalogue) string {
	if d.Pictures == 0 {
		return ""
	}
	if d.Unseen == 0 {
		return loc.N("window.pictures", d.Pictures, loc.Count(d.Pictures))
	}
	return loc.N("window.pictures_unseen", d.Pictures, loc.Count(d.Pictures), loc.Count(d.Unseen))
}

// Notice is the sentence of a notice; empty for one that is not known. Times
// are told in now's time zone.
func Notice(b message.Block, now time.Time, loc *locale.Catalogue) string {
	switch b.Code {
	case message.Invitation:
		return invitation(b.Args, now, loc)
	case message.Authors:
		return loc.T("message.authors", b.Args["from"])
	case message.Forwarded:
		return forwarded(b.Args, now, loc)
	case message.ForwardedEnd:
		return loc.T("message.forwarded_end")
	case message.Undelivered:
		return delivery(b.Args, loc)
	case message.MoreRecipients:
		more := count(b.Args["more"], loc)
		if failed := b.Args["failed"]; failed != "" {
			return loc.T("message.more_recipients_failed", more, count(failed, loc))
		}
		return loc.T("message.more_recipients", more)
	case message.MoreEvents:
		return loc.T("message.more_events", count(b.Args["more"], loc))
	case message.UnknownCalendar:
		return loc.T("message.unknown_calendar")
	case message.Receipt:
		return receipt(b.Args, loc)
	case message.UnknownCharset:
		return loc.T("message.unknown_charset", b.Args["charset"])
	case message.Encrypted:
		if b.Args["kind"] == "pgp" {
			return loc.T("message.encrypted_pgp")
		}
		return loc.T("message.encrypted_smime")
	case message.Signed:
		return loc.T("message.signed")
	case message.LeftOut:
		switch b.Args["what"] {
		case "header":
			return loc.T("message.left_out_header")
		case "parts":
			return loc.T("message.left_out_parts")
		}
		return loc.T("message.left_out")
	case message.MoreFiles:
		return loc.T("message.more_files", count(b.Args["all"], loc), count(b.Args["named"], loc))
	case message.Outlook:
		return loc.T("message.outlook")
	}
	return ""
}

// count writes a number of a notice as the reader's language has it.
func count(s string, loc *locale.Catalogue) string {
	n, err := strconv.Atoi(s)
	if err != nil {
		return s
	}
	return loc.Count(n)
}

// details joins what is known.
func details(loc *locale.Catalogue, parts ...string) string {
	known := parts[:0]
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	return strings.Join(known, loc.T("message.separator"))
}

// forwarded says whose message follows. That it has no sender or subject is
// said only if its header is all there.
func forwarded(args map[string]string, now time.Time, loc *locale.Catalogue) string {
	from, subject := args["from"], args["subject"]
	if args["cut"] == "" {
		from, subject = Sender(from, loc), Subject(subject, loc)
	}
	sent, _ := time.Parse(time.RFC3339, args["date"]) // else it is not known
	about := details(loc, subject, loc.FullTime(sent, now))
	switch {
	case from == "":
		return loc.T("message.forwarded_about", about)
	case about == "":
		return loc.T("message.forwarded_from", from)
	}
	return loc.T("message.forwarded", from, about)
}

// invitation says what a calendar part is about.
func invitation(args map[string]string, now time.Time, loc *locale.Catalogue) string {
	title := args["title"]
	if title == "" && args["kind"] != "busy" {
		title = loc.T("message.untitled")
	}
	when := span(args["start"], args["end"], now, loc)
	if args["kind"] == "task" && args["end"] != "" {
		when = loc.T("message.due", span(args["end"], "", now, loc))
	}
	if instead, whole, ok := moment(args["instead"], now); ok && when != "" {
		other := loc.FullTime(instead, now)
		if whole {
			other = loc.Day(instead)
		}
		when = loc.T("message.instead_of", when, other)
	}
	if args["following"] != "" && when != "" {
		when = loc.T("message.and_following", when)
	}
	if zone := args["zone"]; zone != "" && when != "" {
		when = loc.T("message.zone", when, zone)
	}
	what := details(loc, title, when, recurrence(args, now, loc), args["place"])
	who := args["who"]
	if who != "" {
		if delegate := args["delegate"]; delegate != "" {
			return loc.T("message.answer_delegated_to", who, what, delegate)
		}
		switch answer := args["answer"]; answer {
		case "accepted", "declined", "tentative", "delegated", "completed":
			return loc.T("message.answer_"+answer, who, what)
		}
	}
	switch args["kind"] + " " + args["method"] {
	case " cancel", "task cancel", "journal cancel":
		return loc.T("message.cancelled", what)
	case " reply", "task reply":
		return loc.T("message.reply", details(loc, who, what))
	case " counter", "task counter":
		return loc.T("message.counter", details(loc, who, what))
	case " refresh", "task refresh", "journal refresh":
		return loc.T("message.refresh", details(loc, who, what))
	case " declinecounter", "task declinecounter":
		return loc.T("message.counter_declined", what)
	case " request":
		return loc.T("message.invitation", what)
	case " add":
		return loc.T("message.add", what)
	case "busy request":
		return loc.T("message.busy_request", details(loc, who, what))
	}
	switch args["kind"] {
	case "task":
		return loc.T("message.task", what)
	case "journal":
		return loc.T("message.journal", what)
	case "busy":
		return loc.T("message.busy", details(loc, who, what))
	}
	return loc.T("message.event", what)
}

// recurrence says how often an event repeats, if it does, and on which other
// days it takes place or not.
func recurrence(args map[string]string, now time.Time, loc *locale.Catalogue) string {
	if args["repeats"] == "" {
		return ""
	}
	also, except := dates(args["dates"], now, loc), dates(args["except"], now, loc)
	if also != "" {
		also = loc.T("message.also_on", also)
	}
	if except != "" {
		except = loc.T("message.except", except)
	}
	often := ""
	if args["repeats"] != "dates" {
		often = rule(args, now, loc)
	}
	return details(loc, often, also, except)
}

// dates lists days.
func dates(list string, now time.Time, loc *locale.Catalogue) string {
	var days []string
	for value := range strings.SplitSeq(list, ",") {
		if t, _, ok := moment(value, now); ok {
			days = append(days, loc.Day(t))
		} else if value != "" {
			days = append(days, "…")
		}
	}
	return strings.Join(days, loc.T("window.list_separator"))
}

// rule says how often an event repeats.
func rule(args map[string]string, now time.Time, loc *locale.Catalogue) string {
	unit := args["repeats"]
	var often string
	switch unit {
	case "":
		return ""
	case "day", "week", "month", "year":
		often = loc.T("message.every_" + unit)
		if every, err := strconv.Atoi(args["every"]); err == nil {
			often = loc.N("message.every_"+unit+"s", every)
		}
	default:
		often = loc.T("message.repeats")
	}
	if days := weekdays(args["days"], args["start"], now, loc); days != "" {
		if month, err := strconv.Atoi(args["month"]); err == nil && month >= 1 && month <= 12 {
			days = loc.T("message.of_month", days, strings.Fields(loc.T("common.months"))[month-1])
		}
		often = loc.T("message.on_days", often, days)
	}
	if until, day, ok := moment(args["until"], now); ok {
		if !day {
			until = until.In(now.Location())
		}
		return loc.T("message.until", often, loc.Day(until))
	}
	if times, err := strconv.Atoi(args["times"]); err == nil {
		return loc.N("message.times", times, often)
	}
	return often
}

// weekdays names days of the week, or of a month with their numbers in it, which
// are those of the zone of start, as the reader's clocks have them.
func weekdays(list, start string, now time.Time, loc *locale.Catalogue) string {
	shift := 0
	if there, err := time.Parse(time.RFC3339, start); err == nil {
		shift = int(there.In(now.Location()).Weekday()) - int(there.Weekday()) + 7
	}
	key := map[string]string{"-1day": "last_day", "1workday": "first_workday", "-1workday": "last_workday"}[list]
	switch {
	case key != "" && shift%7 == 0:
		return loc.T("message." + key)
	case key != "":
		return ""
	}
	names := strings.Fields(loc.T("common.weekdays"))
	var days []string
	for day := range strings.SplitSeq(list, ",") {
		number := strings.TrimRight(day, "ADEFHMORSTUW")
		i := strings.Index("SUMOTUWETHFRSA", strings.TrimPrefix(day, number))
		switch number {
		case "":
			if day != "" && i >= 0 {
				days = append(days, names[(i/2+shift)%7])
			}
			continue
		case "1", "2", "3", "4", "5":
		case "-1":
			number = "last"
		default:
			return ""
		}
		if i < 0 || shift%7 != 0 { // on another day, the number may be another
			return ""
		}
		days = append(days, loc.T("message.nth_"+number, names[i/2]))
	}
	return strings.Join(days, loc.T("window.list_separator"))
}

// span is when an event is. Of an end on the day of the start only the hour is
// said; of whole days there is none.
func span(start, end string, now time.Time, loc *locale.Catalogue) string {
	from, days, ok := moment(start, now)
	if !ok {
		return ""
	}
	to, _, known := moment(end, now)
	known = known && to.After(from)
	switch {
	case days && known:
		return loc.T("message.span", loc.Day(from), loc.Day(to))
	case days:
		return loc.Day(from)
	case known:
		return loc.T("message.span", loc.FullTime(from, now), loc.Moment(to, from))
	}
	return loc.FullTime(from, now)
}

// moment reads an RFC 3339 time, one without a zone, which is meant wherever
// the reader is, or a whole day.
func moment(s string, now time.Time) (t time.Time, day, ok bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(now.Location()), false, true
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", s, now.Location()); err == nil {
		return t, false, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, now.Location())
	return t, true, err == nil
}

// delivery says what became of a message, and why (RFC 3464, section 2.3).
func delivery(args map[string]string, loc *locale.Catalogue) string {
	recipient := args["recipient"]
	if recipient == "" {
		recipient = loc.T("message.recipient")
	}
	key := "message.delivery_failed"
	switch action := args["action"]; action {
	case "delayed", "delivered", "relayed", "expanded":
		key = "message.delivery_" + action
	}
	text := loc.T(key, recipient)
	reason, status := args["reason"], args["status"]
	if strings.Contains(reason, status) { // as in "550 5.1.1 no such user"
		status = ""
	}
	if why := details(loc, reason, status); why != "" {
		return loc.T("message.delivery_why", text, why)
	}
	return text
}

// receipt says what became of a message at its recipient's (RFC 8098, section
// 3.2.6.2). One that was deleted may have been read before.
func receipt(args map[string]string, loc *locale.Catalogue) string {
	recipient := args["recipient"]
	if recipient == "" {
		recipient = loc.T("message.recipient")
	}
	switch args["disposition"] {
	case "displayed", "deleted":
		return loc.T("message.receipt_"+args["disposition"], recipient)
	}
	return loc.T("message.receipt", recipient)
}

// Author is the sender's name with the address, unless the name is that or
// ends with it already.
func Author(from, address string, loc *locale.Catalogue) string {
	if address == "" || from == address || strings.HasSuffix(from, "<"+address+">") {
		return Sender(from, loc)
	}
	return from + " <" + address + ">"
}

// Attachments names the files of a message, with their sizes where they are
// known. Names that could be taken for several stand in quotes.
func Attachments(files []message.File, loc *locale.Catalogue) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
		if strings.ContainsAny(f.Name, ",;،、，；“”") {
			names[i] = "“" + strings.NewReplacer("“", `"`, "”", `"`).Replace(f.Name) + "”"
		}
		if f.Octets >= 0 {
			names[i] = loc.T("message.file", names[i], loc.Size(f.Octets))
		}
	}
	return strings.Join(names, loc.T("window.list_separator"))
}
