package pop3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Stat is the size of a maildrop.
type Stat struct {
	Messages int
	// Octets is -1 if the server sent no valid size (P13).
	Octets int64
}

// Listing is a row of UIDL.
type Listing struct {
	Number int
	UID    string
}

// Size is a row of LIST.
type Size struct {
	Number int
	// Octets is -1 if the server sent no valid size (P33).
	Octets int64
}

// Stat asks for the number and total size of messages (RFC 1939, section 5).
func (c *Client) Stat(ctx context.Context) (Stat, error) {
	return one(ctx, c, (*Batch).Stat)
}

func (c *Client) parseStat(text string) (Stat, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Stat{}, fault(KindProtocol, CodeMalformed, "STAT", errors.New("malformed STAT response"))
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 0 {
		return Stat{}, fault(KindProtocol, CodeMalformed, "STAT", errors.New("malformed message count in the STAT response"))
	}
	if n > c.cfg.MaxMessages {
		return Stat{}, fault(KindProtocol, CodeTooMany, "STAT", fmt.Errorf("%d messages, more than the limit of %d", n, c.cfg.MaxMessages))
	}
	s := Stat{Messages: n, Octets: -1}
	if len(fields) > 1 { // P13: what follows the two numbers is ignored
		if octets, err := strconv.ParseInt(fields[1], 10, 64); err == nil && octets >= 0 {
			s.Octets = octets
		}
	}
	return s, nil
}

// UIDL asks for the UID of message n (RFC 1939, section 7). A response without
// a UID is an error by IsUnsupported (P34); a digest stands for a UID that
// repeats a secret (S8).
func (c *Client) UIDL(ctx context.Context, n int) (string, error) {
	return one(ctx, c, func(b *Batch) *Reply[string] { return b.UIDL(n) })
}

// parseUIDL reads the response for one message; the number may be missing (P15).
func parseUIDL(n int, text string) (string, error) {
	row, ok := parseListing([]byte(text))
	if ok && row.Number == n {
		return row.UID, nil
	}
	// A number alone is a row without a UID.
	uid := strings.TrimSpace(text)
	if uid == "" || uid == strconv.Itoa(n) {
		return "", noUID(n)
	}
	if !strings.Contains(uid, " ") {
		return printable(uid), nil
	}
	return "", fault(KindProtocol, CodeMalformed, "UIDL", fmt.Errorf("malformed UIDL response for message %d", n))
}

// List asks for the size of message n in octets (RFC 1939, section 5). It is
// -1 if the server sent no valid size (P33).
func (c *Client) List(ctx context.Context, n int) (int64, error) {
	return one(ctx, c, func(b *Batch) *Reply[int64] { return b.List(n) })
}

func parseList(n int, text string) (int64, error) {
	row, ok := parseSize([]byte(text))
	switch {
	case !ok || row.Octets < 0 && len(strings.Fields(text)) < 2:
		return -1, nil // not even the number, or the size in its place
	case row.Number != n: // of another message (P5)
		return 0, fault(KindProtocol, CodeMalformed, "LIST", fmt.Errorf("malformed LIST response for message %d", n))
	}
	return row.Octets, nil
}

// UIDLs lists all UIDs as they arrive, in constant memory. Malformed rows are
// skipped (P15), so compare the number of rows with STAT; a row without a UID
// has an empty one (P34). An error ends the sequence, by IsUnsupported if no
// row has a UID (P34); a digest stands for a UID that repeats a secret (S8).
// Breaking off early may cost the session (RFC 1939, section 7).
func (c *Client) UIDLs(ctx context.Context) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		some, bare := false, 0
		parse := func(line []byte) (Listing, bool) {
			row, ok := parseListing(line)
			row.UID = c.private.uid(row.UID)
			if n, rest, numbered := messageNumber(line); !ok && numbered && len(bytes.TrimSpace(rest)) == 0 {
				row, ok, bare = Listing{Number: n}, true, n
			}
			return row, ok
		}
		for row, err := range rows(ctx, c, "UIDL", parse) {
			some = some || err != nil || row.UID != ""
			if !yield(row, err) {
				return
			}
		}
		if !some && bare > 0 {
			yield(Listing{}, noUID(bare))
		}
	}
}

// noUID is the error for a row of UIDL that ends with its number.
func noUID(n int) error {
	return &Error{Kind: KindPermanent, Command: "UIDL", Err: fmt.Errorf("no UID for message %d", n), unknown: true}
}

// Lists lists all sizes as they arrive, under the same terms as UIDLs (RFC
// 1939, section 5).
func (c *Client) Lists(ctx context.Context) iter.Seq2[Size, error] {
	return rows(ctx, c, "LIST", parseSize)
}

func rows[T any](ctx context.Context, c *Client, name string, parse func([]byte) (T, bool)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if _, err := c.do(ctx, name); err != nil {
			yield(none, err)
			return
		}
		b := c.openBody(ctx, name)
		b.limit = int64(c.cfg.MaxMessages) * maxRow // MaxBody is about one message
		for count := 0; ; count++ {
			line, err := b.piece()
			switch {
			case err == io.EOF: //nolint:errorlint // a fault that wraps io.EOF is not the end
				return
			case err != nil:
				yield(none, err)
				return
			case count > c.cfg.MaxMessages:
				yield(none, b.end(fault(KindProtocol, CodeTooMany, name, fmt.Errorf("%s response exceeds %d rows", name, c.cfg.MaxMessages))))
				return
			}
			if len(line) > maxRow || b.partial {
				continue
			}
			if row, ok := parse(line); ok && !yield(row, nil) {
				_ = b.Close()
				return
			}
		}
	}
}

// parseListing reads "1 uid", tolerating several blanks, a +OK in front and
// blanks within the UID (P15).
func parseListing(line []byte) (Listing, bool) {
	n, rest, ok := messageNumber(line)
	if rest = bytes.TrimSpace(rest); !ok || len(rest) == 0 {
		return Listing{}, false
	}
	return Listing{n, printable(string(rest))}, true
}

// parseSize reads "1 1024". What is no size, such as "-1" or "(1024 octets)",
// is an unknown one (P33).
func parseSize(line []byte) (Size, bool) {
	n, rest, ok := messageNumber(line)
	if !ok {
		return Size{}, false
	}
	if octets, _, ok := number(rest); ok {
		return Size{n, octets}, true
	}
	return Size{n, -1}, true
}

// messageNumber reads the number that begins a row.
func messageNumber(line []byte) (n int, rest []byte, ok bool) {
	long, rest, ok := number(line)
	return int(long), rest, ok && long >= 1 && long <= math.MaxInt32
}

// number reads a decimal number after optional blanks and +OK.
func number(line []byte) (n int64, rest []byte, ok bool) {
	line = bytes.TrimLeft(line, " \t")
	line = bytes.TrimLeft(bytes.TrimPrefix(line, []byte("+OK")), " \t")
	i := 0
	for ; i < len(line) && line[i] >= '0' && line[i] <= '9'; i++ {
		if i == maxDigits {
			return 0, nil, false
		}
		n = n*10 + int64(line[i]-'0')
	}
	if i == 0 || i < len(line) && line[i] > ' ' {
		return 0, nil, false
	}
	return n, line[i:], true
}

// printable escapes UIDs that a database or JSON might not keep apart. Usual
// UIDs, all of them printable ASCII, come back as they are; a digest stands for
// one that is too long.
func printable(uid string) string {
	if len(uid) > MaxUID {
		sum := sha256.Sum256([]byte(uid))
		return "long-" + hex.EncodeToString(sum[:16])
	}
	for i := range len(uid) {
		if uid[i] < ' ' || uid[i] == 0x7f {
			return fmt.Sprintf("%q", uid)
		}
	}
	if !utf8.ValidString(uid) {
		return fmt.Sprintf("%q", uid)
	}
	return uid
}

// Top asks for the headers and the first lines of message n (RFC 1939,
// section 7). Close the reader before the next command. Servers may send more
// than was asked for (P19).
func (c *Client) Top(ctx context.Context, n, lines int) (io.ReadCloser, error) {
	return c.open(ctx, top(n, lines))
}

func top(n, lines int) string { return fmt.Sprintf("TOP %d %d", n, lines) }

// Retr asks for the whole message n (RFC 1939, section 5). Some servers then
// mark it as fetched, or delete it (P20): use it on the user's request only.
func (c *Client) Retr(ctx context.Context, n int) (io.ReadCloser, error) {
	return c.open(ctx, "RETR "+strconv.Itoa(n))
}

func (c *Client) open(ctx context.Context, line string) (io.ReadCloser, error) {
	if _, err := c.do(ctx, line); err != nil {
		return nil, err
	}
	return c.openBody(ctx, command{line: line}.keyword()), nil
}

// Dele marks message n as deleted (RFC 1939, section 5); only a Quit that
// returns nil deletes it (S10).
func (c *Client) Dele(ctx context.Context, n int) error {
	_, err := c.do(ctx, "DELE "+strconv.Itoa(n))
	return err
}

// Rset undoes all Dele of this session (RFC 1939, section 5).
func (c *Client) Rset(ctx context.Context) error {
	_, err := c.do(ctx, "RSET")
	return err
}

// Noop resets the server's inactivity timer (RFC 1939, section 3).
func (c *Client) Noop(ctx context.Context) error {
	_, err := c.do(ctx, "NOOP")
	return err
}

// UTF8 asks for headers in UTF-8 as they are, before Login (RFC 6856, section 2).
func (c *Client) UTF8(ctx context.Context) error {
	_, err := c.do(ctx, utf8Mode.line)
	return err
}

// Language is one that the server can write its texts in.
type Language struct {
	Tag, Description string
}

// Lang chooses the language of the server's texts by its tag; "*" leaves the
// choice to the server (RFC 6856, section 3).
func (c *Client) Lang(ctx context.Context, tag string) error {
	_, err := c.do(ctx, "LANG "+tag)
	return err
}

// Langs lists the languages of the server's texts (RFC 6856, section 3).
func (c *Client) Langs(ctx context.Context) iter.Seq2[Language, error] {
	return rows(ctx, c, "LANG", func(line []byte) (Language, bool) {
		shown, _ := c.private.text(string(bytes.TrimSpace(line)))
		tag, rest, _ := strings.Cut(shown, " ")
		return Language{tag, strings.TrimSpace(rest)}, tag != ""
	})
}

// Quit ends the session (RFC 1939, section 6). Messages are deleted only if it
// returns nil (S10).
func (c *Client) Quit(ctx context.Context) error {
	trips := c.metrics.RoundTrips
	_, err := c.do(ctx, "QUIT")
	c.metrics.RoundTrips = trips
	if c.fault == nil {
		c.fault = fault(KindNetwork, CodeReset, "QUIT", errors.New("session closed"))
	}
	_ = c.Close()
	return err
}
