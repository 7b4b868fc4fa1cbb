// Package console is a POP3 session that a person types, or a script: one
// command at a time, with the answer as it came. It must never retrieve or
// delete anything unasked, let a secret into its dialogue or history, or show
// what a terminal would obey.
package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/pop3"
)

// Person is somebody at a terminal.
type Person interface {
	// Line returns a command; io.EOF is that there are no more, ErrInterrupted
	// that the session is to end at once.
	Line(ctx context.Context, prompt string) (string, error)
	// Answer is Line for a question, which no history remembers.
	Answer(ctx context.Context, question string) (string, error)
	// Secret is Answer, and what is typed is not shown.
	Secret(ctx context.Context, question string) (string, error)
}

// ErrInterrupted is a Ctrl+C in front of an empty line.
var ErrInterrupted = errors.New("interrupted")

// ErrFailed is the end of a session that was not as it should be; what there is
// to say has been said.
var ErrFailed = errors.New("the session has failed")

// Options are what a console works with.
type Options struct {
	// Dial opens the session. What trace is told becomes the dialogue.
	Dial func(ctx context.Context, trace func(pop3.TraceKind, string)) (*pop3.Client, error)
	// Login logs in before the first command; it may be nil.
	Login func(context.Context, *pop3.Client) error
	// AllowCleartext has secrets sent without encryption (S5).
	AllowCleartext bool

	// Person types the commands, and is nil where Script has them.
	Person Person
	Script io.Reader
	// KeepGoing has a script go on after an -ERR.
	KeepGoing bool

	// Out gets the dialogue. Say gets sentences about it, for who reads them.
	Out io.Writer
	Say func(sentence string)
	// Explain makes a sentence of an error of the session.
	Explain func(error) string
	// Alive is called before each command; it may be nil.
	Alive func()

	// Colour tells the server's lines from ours by colours. Size is that of the
	// terminal, or 0 where the dialogue is not paged.
	Colour bool
	Size   func() (columns, rows int)
	// Languages are the reader's, as tags of BCP 47.
	Languages []string
	Loc       *locale.Catalogue
	Now       func() time.Time
}

// session is one under way.
type session struct {
	Options
	c     *pop3.Client
	state state
	user  string
	// marked are the messages that QUIT will delete.
	marked []int
	// most is the highest number of a message that was seen.
	most       int
	challenged bool
	// exact is a line that is sent as it was written.
	exact string
	// last is when the server was heard of.
	last time.Time
	// unwritten is why Out could not be written.
	unwritten error
}

// Run leads a session to its end. An error of the connection or of Login is
// returned as it is; of what goes wrong later there is a sentence, and the error
// is ErrFailed.
func Run(ctx context.Context, o Options) error {
	s := &session{Options: o, state: authorization}
	c, err := o.Dial(ctx, s.trace)
	if err != nil {
		return err
	}
	s.c, s.last = c, o.Now()
	defer func() { _ = c.Close() }()
	if state := c.TLS(); state != nil && o.Person != nil && len(state.PeerCertificates) > 0 && !c.Anonymous() {
		s.Say(o.Loc.T("console.secured", plaintext.Clean(state.PeerCertificates[0].Subject.String())))
	}
	if o.Login != nil {
		if err := o.Login(ctx, c); err != nil {
			return err
		}
		s.state = transaction
	}
	if helper, ok := o.Person.(interface{ Complete(func(string) []string) }); ok {
		helper.Complete(s.complete)
	}
	if o.Person != nil {
		s.Say(o.Loc.T("console.welcome"))
		return s.interactive(ctx)
	}
	return s.script(ctx)
}

// interactive takes commands from a person.
func (s *session) interactive(ctx context.Context) error {
	for s.state != update {
		line, err := s.Person.Line(ctx, s.prompt())
		switch {
		case errors.Is(err, io.EOF):
			return s.over(ctx, "console.eof")
		case ctx.Err() != nil: // who has ended it says why
			return s.cut("")
		case err != nil:
			return s.cut("console.interrupted")
		}
		if _, err := s.do(ctx, line); err != nil {
			return err
		}
		if s.unwritten != nil {
			return s.unwritten
		}
	}
	return nil
}

// script takes commands from a file. The first -ERR ends it, unless it is told
// to keep going.
func (s *session) script(ctx context.Context) error {
	lines := bufio.NewScanner(s.Script)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	for s.state != update && s.next(ctx, lines) {
		ok, err := s.do(ctx, lines.Text())
		switch {
		case err != nil:
			return err
		case s.unwritten != nil:
			return s.unwritten
		case !ok && !s.KeepGoing:
			return s.cut("")
		}
	}
	switch {
	case ctx.Err() != nil:
		return s.cut("")
	case errors.Is(lines.Err(), bufio.ErrTooLong):
		s.Say(s.Loc.T("console.too_long", s.Loc.Count(maxLine)))
		return s.cut("")
	case lines.Err() != nil:
		_ = s.cut("")
		return lines.Err()
	case s.state != update:
		return s.over(ctx, "")
	}
	return nil
}

// maxLine bounds a line of a script, in octets.
const maxLine = 64 << 10

// next is Scan, which a context can end; a read that goes on ends with the
// process.
func (s *session) next(ctx context.Context, lines *bufio.Scanner) bool {
	more := make(chan bool, 1)
	go func() { more <- lines.Scan() }()
	select {
	case ok := <-more:
		return ok
	case <-ctx.Done():
		return false
	}
}

// prompt has the state of the session.
func (s *session) prompt() string {
	if s.challenged {
		return "AUTH> "
	}
	prompt := string(s.state)
	if n := len(s.marked); n > 0 {
		prompt += " (DELE " + strconv.Itoa(n) + ")"
	}
	return prompt + "> "
}

// over is the end of what is typed: QUIT, but where that would delete without
// anybody having said so.
func (s *session) over(ctx context.Context, why string) error {
	if len(s.marked) > 0 {
		return s.cut(why)
	}
	_, err := s.send(ctx, pop3.Line{Text: "QUIT"})
	return err
}

// cut ends the session without QUIT.
func (s *session) cut(why string) error {
	_ = s.c.Close()
	if why != "" {
		s.Say(s.Loc.T(why))
	}
	s.sayKept()
	return ErrFailed
}

// failed says why the session has ended, and what that means for what was
// marked.
func (s *session) failed(err error) error {
	e, _ := pop3.As(err)
	closed := e != nil && (e.Code == pop3.CodeEOF || e.Code == pop3.CodeReset)
	switch idle := s.Now().Sub(s.last); {
	case s.c != nil && closed && !s.last.IsZero() && idle > idleTime:
		s.Say(s.Loc.T("console.idle", int(idle.Minutes())))
	case s.c != nil && closed:
		s.Say(s.Loc.T("console.closed"))
	case e == nil || e.Code != pop3.CodeCanceled: // else who has ended it says why
		s.Say(s.Explain(err))
	}
	if e != nil && e.Command == "QUIT" && len(s.marked) > 0 {
		s.Say(s.Loc.T("console.unconfirmed", numbers(s.marked)))
	} else {
		s.sayKept()
	}
	return ErrFailed
}

// idleTime is how long nothing was said before a server's end of the connection
// counts as a time-out of its: RFC 1939, section 3, grants ten minutes, and few
// keep to it.
const idleTime = time.Minute

// sayKept says what was marked and is there all the same (S10).
func (s *session) sayKept() {
	if len(s.marked) > 0 {
		s.Say(s.Loc.T("console.kept", numbers(s.marked)))
	}
}

func numbers(list []int) string {
	var text []string
	for _, n := range list {
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, ", ")
}

// do is one line of a person's or a script's. ok is false where it did not do
// what it says; an error ends the session.
func (s *session) do(ctx context.Context, line string) (ok bool, err error) {
	line = strings.TrimSpace(line)
	if s.Alive != nil {
		s.Alive()
	}
	raw, isRaw := strings.CutPrefix(line, "!")
	switch {
	case s.challenged:
		return s.send(ctx, pop3.Line{Text: raw, Secret: raw})
	case line == "" || s.Person == nil && line[0] == '#':
		return true, nil
	case isRaw:
		return s.raw(ctx, strings.TrimPrefix(raw, " ")) // which people write for their eyes
	}
	line, filter, piped := strings.Cut(line, "|")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return s.wrong("console.unknown", "|"), nil
	}
	keyword := strings.ToUpper(fields[0])
	decode := strings.EqualFold(strings.TrimSpace(filter), "decode")
	switch {
	case piped && (!decode || keyword != "TOP" && keyword != "RETR"):
		return s.wrong("console.decode"), nil
	case keyword == "HELP":
		return s.help(fields[1:]), nil
	case strings.HasPrefix(keyword, "\xef\xbb\xbf"):
		return s.do(ctx, strings.TrimPrefix(line, "\xef\xbb\xbf"))
	}
	known, is := lookUp(keyword)
	if !is {
		return s.wrong("console.unknown", fields[0]), nil
	}
	if keyword == "PASS" { // the blanks in it are its own
		return s.pass(ctx, line)
	}
	fields[0] = keyword
	text := strings.Join(fields, " ")
	switch keyword {
	case "USER":
		s.user = strings.Join(fields[1:], " ")
	case "APOP":
		return s.apop(ctx, fields)
	case "AUTH":
		return s.auth(ctx, fields)
	case "DELE":
		return s.dele(ctx, text, fields)
	case "QUIT":
		return s.quit(ctx, text)
	}
	ok, err = s.exchange(ctx, pop3.Line{Text: text}, decode)
	if err == nil && !ok && s.Person != nil && !slices.Contains(known.states, s.state) {
		s.Say(s.Loc.T("console.not_here", keyword, string(s.state)))
	}
	return ok, err
}

// raw sends a line as it is, but for the questions that what deletes has.
func (s *session) raw(ctx context.Context, line string) (bool, error) {
	switch fields := strings.Fields(line); keywordOf(line) {
	case "DELE":
		return s.dele(ctx, line, fields)
	case "QUIT":
		return s.quit(ctx, line)
	}
	s.exact = line
	defer func() { s.exact = "" }()
	return s.send(ctx, pop3.Line{Text: line, Secret: secretOf(line, false)})
}

// keywordOf is what a lenient server takes for the command of a line.
func keywordOf(line string) string {
	for word := range strings.FieldsSeq(line) {
		return strings.ToUpper(word)
	}
	return ""
}

// wrong says what is wrong with a line, which was not sent.
func (s *session) wrong(key string, args ...any) bool {
	s.Say(s.Loc.T(key, args...))
	return false
}

// send is exchange for what is not decoded.
func (s *session) send(ctx context.Context, l pop3.Line) (bool, error) {
	return s.exchange(ctx, l, false)
}

// exchange sends a line and shows the answer.
func (s *session) exchange(ctx context.Context, l pop3.Line, decode bool) (ok bool, err error) {
	l.AllowCleartext = s.AllowCleartext
	before := s.c.TLS() != nil
	r, err := s.c.Exchange(ctx, l)
	if err != nil {
		if e, is := pop3.As(err); is && !e.Fatal() { // it was not sent
			s.Say(s.Explain(err))
			return false, nil
		}
		return false, s.failed(err)
	}
	s.last = s.Now()
	keyword := keywordOf(l.Text)
	if s.challenged {
		keyword = "AUTH"
	}
	s.challenged = r.Challenge
	if r.Challenge {
		if s.Person == nil {
			return true, nil
		}
		s.Say(s.Loc.T("console.challenge"))
		return true, nil
	}
	if r.Body != nil {
		if err := s.body(ctx, r.Body, keyword, decode); err != nil {
			return false, s.failed(err)
		}
	} else if _, known := lookUp(keyword); !known {
		lines, err := s.c.Stray(ctx, silence, maxStray)
		for _, line := range lines {
			s.print("", line)
		}
		if err != nil {
			return false, s.failed(err)
		}
	}
	if r.OK && (r.Body == nil || keyword != "AUTH") { // else it has listed mechanisms
		s.happened(keyword, l.Text, r.Text)
		if !before && s.c.TLS() != nil && s.Person != nil {
			s.Say(s.Loc.T("console.encrypted"))
		}
	}
	return r.OK, nil
}

// What an unknown command's answer may be beyond its status.
const (
	silence  = 300 * time.Millisecond
	maxStray = 1000 // lines
)

// happened keeps track of what a +OK to a line means.
func (s *session) happened(keyword, line, text string) {
	switch keyword {
	case "PASS", "APOP", "AUTH":
		s.state = transaction
	case "STAT":
		first, _, _ := strings.Cut(text, " ")
		if count, err := strconv.Atoi(first); err == nil {
			s.most = max(s.most, min(count, maxNumber))
		}
	case "DELE":
		// What a server has made of anything but a number is the 0 of a question at
		// QUIT.
		n := 0
		if fields := strings.Fields(line); len(fields) > 1 {
			n, _ = strconv.Atoi(fields[1])
		}
		if !slices.Contains(s.marked, n) {
			s.marked = append(s.marked, n)
			slices.Sort(s.marked)
		}
	case "RSET":
		if len(s.marked) > 0 && s.Person != nil {
			s.Say(s.Loc.T("console.back", numbers(s.marked)))
		}
		s.marked = nil
	case "QUIT":
		s.state = update
		if s.Person == nil {
			break
		}
		if len(s.marked) > 0 {
			s.Say(s.Loc.T("console.deleted", numbers(s.marked)))
		} else {
			s.Say(s.Loc.T("console.nothing_deleted"))
		}
	}
}

// maxNumber bounds the numbers that a server can have us complete.
const maxNumber = 1_000_000

// pass sends PASS with what is typed unseen, or stands behind it.
func (s *session) pass(ctx context.Context, line string) (bool, error) {
	secret := secretOf(line, false)
	switch {
	case secret != "" && s.Person != nil:
		s.Say(s.Loc.T("console.pass_seen"))
	case secret == "" && s.Person == nil:
		return s.wrong("console.script_secret", "PASS"), nil
	case secret == "":
		var err error
		if secret, err = s.secret(ctx); err != nil || secret == "" {
			return false, s.given(err)
		}
	}
	return s.send(ctx, pop3.Line{Text: "PASS " + secret, Secret: secret})
}

// secret asks for the password of the user who was named last.
func (s *session) secret(ctx context.Context) (string, error) {
	return s.Person.Secret(ctx, s.Loc.T("console.password", plaintext.Clean(s.user)))
}

// given is what it means that a question has no answer: an interruption ends
// the session.
func (s *session) given(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return s.cut("console.interrupted")
}

// apop sends APOP with the digest of what is typed unseen, or as it is written.
func (s *session) apop(ctx context.Context, fields []string) (bool, error) {
	switch len(fields) {
	case 2:
		return s.authenticate(ctx, "APOP", fields[1], "")
	case 3:
		return s.send(ctx, pop3.Line{Text: strings.Join(fields, " "), Secret: fields[2]})
	}
	return s.usage("APOP"), nil
}

// auth lists mechanisms, or logs in by one.
func (s *session) auth(ctx context.Context, fields []string) (bool, error) {
	switch len(fields) {
	case 1:
		return s.send(ctx, pop3.Line{Text: "AUTH"})
	case 2:
		return s.authenticate(ctx, fields[1], s.user, "")
	case 3:
		return s.authenticate(ctx, fields[1], fields[2], "")
	case 4:
		return s.authenticate(ctx, fields[1], fields[2], fields[3])
	}
	return s.usage("AUTH"), nil
}

// authenticate logs in by a mechanism. What is missing is asked for.
func (s *session) authenticate(ctx context.Context, mechanism, user, secret string) (bool, error) {
	if s.Person == nil && (user == "" || secret == "") {
		return s.wrong("console.script_secret", mechanism), nil
	}
	var err error
	if user == "" {
		if user, err = s.Person.Answer(ctx, s.Loc.T("console.user")); err != nil || user == "" {
			return false, s.given(err)
		}
	}
	s.user = user
	if secret == "" {
		if secret, err = s.secret(ctx); err != nil || secret == "" {
			return false, s.given(err)
		}
	}
	who := pop3.Credentials{User: user, Password: secret, Mechanism: strings.ToUpper(mechanism), AllowCleartext: s.AllowCleartext}
	if who.Mechanism == "OAUTHBEARER" || who.Mechanism == "XOAUTH2" {
		who.Token, who.Password = secret, ""
	}
	err = s.c.Authenticate(ctx, who)
	switch {
	case err == nil:
		s.last = s.Now()
		s.state = transaction
		return true, nil
	case pop3.IsFatal(err):
		return false, s.failed(err)
	case pop3.IsKind(err, pop3.KindConfig) || pop3.CodeOf(err) == pop3.CodeNoAPOP:
		s.Say(s.Explain(err)) // it was not sent
	}
	return false, nil
}

func (s *session) usage(name string) bool {
	c, _ := lookUp(name)
	return s.wrong("console.usage", c.usage())
}

// dele asks before it marks.
func (s *session) dele(ctx context.Context, text string, fields []string) (bool, error) {
	if s.Person != nil && len(fields) > 1 {
		yes, err := s.agreed(ctx, s.Loc.T("console.ask_dele", strings.Join(fields[1:], " ")))
		if err != nil || !yes {
			return false, err
		}
	}
	return s.send(ctx, pop3.Line{Text: text})
}

// quit says what it will delete, and asks.
func (s *session) quit(ctx context.Context, text string) (bool, error) {
	if s.Person != nil && len(s.marked) > 0 {
		yes, err := s.agreed(ctx, s.Loc.N("console.ask_quit", len(s.marked), numbers(s.marked)))
		if err != nil || !yes {
			return false, err
		}
	}
	return s.send(ctx, pop3.Line{Text: text})
}

// agreed asks a question that has a yes for an answer, or is answered by a no.
func (s *session) agreed(ctx context.Context, question string) (bool, error) {
	answer, err := s.Person.Answer(ctx, question)
	if err != nil {
		return false, s.given(err)
	}
	yes := append(strings.Split(s.Loc.T("cli.answers_yes"), ","), "y", "yes")
	return slices.Contains(yes, strings.ToLower(strings.TrimSpace(answer))), nil
}

// help says what commands there are, or what one does, and what it would do
// now.
func (s *session) help(args []string) bool {
	if len(args) == 0 {
		for _, c := range commands {
			mark := " "
			if slices.Contains(c.states, s.state) || c.states == nil {
				mark = "*"
			}
			s.write(fmt.Sprintf("%s %-24s %s\n", mark, c.usage(), c.source))
		}
		s.write(s.Loc.T("console.help_list", string(s.state)) + "\n")
		return true
	}
	c, known := lookUp(args[0])
	if !known {
		return s.wrong("console.unknown", args[0])
	}
	s.write(c.usage() + "\n" + s.Loc.T("console.help."+strings.ToLower(c.name)) + "\n")
	if c.states == nil {
		return true
	}
	names := make([]string, len(c.states))
	for i, one := range c.states {
		names[i] = string(one)
	}
	s.write(s.Loc.T("console.help_source", c.source, strings.Join(names, ", ")) + "\n")
	if !slices.Contains(c.states, s.state) {
		s.write(s.Loc.T("console.not_here", c.name, string(s.state)) + "\n")
	}
	return true
}

// complete returns what a line may go on as: commands, and numbers of messages.
func (s *session) complete(line string) (all []string) {
	before, word := "", line
	if i := strings.LastIndexAny(line, " |!"); i >= 0 {
		before, word = line[:i+1], line[i+1:]
	}
	first, _, some := strings.Cut(strings.TrimLeft(line, " !"), " ")
	switch {
	case strings.Contains(line, "|"):
		all = matching([]string{"decode"}, word)
	case !some || strings.EqualFold(first, "HELP"):
		var names []string
		for _, c := range commands {
			names = append(names, strings.ToLower(c.name))
		}
		all = matching(names, strings.ToLower(word))
	case numbered(first) && strings.Count(strings.TrimSpace(line), " ") <= 1 && !strings.HasSuffix(strings.TrimLeft(line, " "), word+" "):
		for n := s.most; n >= 1 && len(all) < maxOffered; n-- {
			if number := strconv.Itoa(n); strings.HasPrefix(number, word) && !slices.Contains(s.marked, n) {
				all = append(all, number)
			}
		}
	}
	for i := range all {
		all[i] = before + all[i]
	}
	return all
}

// maxOffered bounds how many numbers of messages are offered.
const maxOffered = 20

func matching(words []string, prefix string) (all []string) {
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			all = append(all, w)
		}
	}
	return all
}
