package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"

	gomessage "github.com/emersion/go-message"

	"github.com/traymail/traymail/internal/plaintext"
)

// Bounds on what a message can make us hold.
const (
	maxText        = 1 << 20 // octets of one text part
	maxParts       = 200
	maxDepth       = 10
	maxAttachments = 50
)

// Message is a message for reading.
type Message struct {
	Header
	// Text is the body as plain text.
	Text string
	// Attachments are their names.
	Attachments []string
	// Truncated says that the message ended early, as after TOP, or was
	// larger than what is read.
	Truncated bool
}

// Read decodes a message, or the beginning of one. Its error is r's, with
// whatever was read before it.
func Read(r io.Reader) (Message, error) {
	source := &tracked{r: r}
	buffered := bufio.NewReader(source)
	list, err := readFields(buffered)
	m := Message{Header: decodeHeader(list)}
	if err != nil {
		return m, err
	}
	var header gomessage.Header
	for i := len(list) - 1; i >= 0; i-- {
		if strings.HasPrefix(list[i].name, "content-") {
			header.Add(list[i].name, string(list[i].value))
		}
	}
	w := walker{message: &m}
	w.entity(header, buffered, 0)
	m.Text = w.result()
	return m, source.err
}

// tracked remembers an error of the underlying reader, which MIME parsers
// would take for the end of the message.
type tracked struct {
	r   io.Reader
	err error
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// walker collects the text of a MIME tree.
type walker struct {
	message *Message
	plain   []string
	html    []string
	parts   int
}

func (w *walker) result() string {
	text := w.plain
	if len(strings.TrimSpace(strings.Join(text, ""))) == 0 {
		text = w.html
	}
	return strings.Trim(strings.Join(text, "\n\n"), "\n")
}

func (w *walker) entity(header gomessage.Header, body io.Reader, depth int) {
	if w.parts++; w.parts > maxParts || depth > maxDepth {
		w.message.Truncated = true
		return
	}
	// An unknown charset does not matter: decode decides. An unknown
	// transfer encoding leaves the body as it is.
	e, err := gomessage.New(header, body)
	if e == nil {
		w.message.Truncated = w.message.Truncated || err != nil
		return
	}
	kind, params := mediaType([]byte(header.Get("Content-Type")))
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		w.multipart(e, kind, depth)
		return
	}
	if name := attachmentName(header, params); name != "" || isAttachment(header) || !strings.HasPrefix(kind, "text/") {
		if kind == "message/rfc822" && name == "" {
			name = "message.eml"
		}
		if name == "" {
			name = plaintext.Clean(kind)
		}
		if len(w.message.Attachments) < maxAttachments {
			w.message.Attachments = append(w.message.Attachments, name)
		}
		return
	}
	w.text(e.Body, kind, params)
}

func (w *walker) multipart(e *gomessage.Entity, kind string, depth int) {
	before := *w
	reader := e.MultipartReader()
	if reader == nil {
		return
	}
	for {
		part, err := reader.NextPart()
		if part == nil {
			if err != nil && !errors.Is(err, io.EOF) {
				w.message.Truncated = true
			}
			break
		}
		w.entity(part.Header, part.Body, depth+1)
		if w.parts > maxParts {
			break
		}
	}
	// Of alternatives only one is wanted: plain text where there is some.
	if kind == "multipart/alternative" && len(strings.TrimSpace(strings.Join(w.plain[len(before.plain):], ""))) > 0 {
		w.html = w.html[:len(before.html)]
	} else if kind != "multipart/alternative" && len(w.html) > len(before.html) && len(w.plain) > len(before.plain) {
		// A signature in plain text below a body in HTML: keep both.
		w.plain = append(w.plain[:len(before.plain):len(before.plain)], append(w.html[len(before.html):len(w.html):len(w.html)], w.plain[len(before.plain):]...)...)
		w.html = w.html[:len(before.html)]
	}
}

func (w *walker) text(body io.Reader, kind string, params map[string]string) {
	raw, err := io.ReadAll(io.LimitReader(body, maxText+1))
	if len(raw) > maxText {
		raw = raw[:maxText]
		w.message.Truncated = true
	}
	if err != nil {
		w.message.Truncated = true
	}
	charset := params["charset"]
	if kind == "text/html" {
		if declared := metaCharset(raw); charset == "" {
			charset = declared
		}
		w.html = append(w.html, htmlText(decode(raw, charset)))
		return
	}
	text := plaintext.CleanText(decode(raw, charset))
	if strings.EqualFold(params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
	}
	w.plain = append(w.plain, text)
}

// unflow joins the lines of format=flowed (RFC 3676, section 4.1).
func unflow(text string, delSpace bool) string {
	var out strings.Builder
	joined := false
	for line := range strings.SplitAfterSeq(text, "\n") {
		content := strings.TrimSuffix(line, "\n")
		quote := len(content) - len(strings.TrimLeft(content, ">"))
		if quote == 0 {
			content = strings.TrimPrefix(content, " ") // space-stuffing
		}
		if joined && quote > 0 {
			out.WriteString("\n")
		}
		joined = quote == 0 && strings.HasSuffix(content, " ") && content != "-- " && strings.HasSuffix(line, "\n")
		if joined && delSpace {
			content = strings.TrimSuffix(content, " ")
		}
		out.WriteString(content)
		if !joined && strings.HasSuffix(line, "\n") {
			out.WriteString("\n")
		}
	}
	return out.String()
}

// mediaType is mime.ParseMediaType for headers as they come: the type in
// lower case, text/plain where there is none, and whatever parameters can be read.
func mediaType(value []byte) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(string(value))
	if err == nil || errors.Is(err, mime.ErrInvalidMediaParameter) && kind != "" {
		if params == nil {
			params = looseParams(value)
		}
		if !strings.Contains(kind, "/") {
			kind = "text/plain"
		}
		return kind, params
	}
	head, _, _ := bytes.Cut(value, []byte(";"))
	kind = strings.ToLower(strings.TrimSpace(string(head)))
	if !strings.Contains(kind, "/") {
		kind = "text/plain"
	}
	return kind, looseParams(value)
}

// looseParams reads name=value pairs that are not quoted as they should be.
func looseParams(value []byte) map[string]string {
	params := map[string]string{}
	for i, part := range strings.Split(string(value), ";") {
		name, v, ok := strings.Cut(part, "=")
		if i > 0 && ok {
			params[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return params
}

func isAttachment(header gomessage.Header) bool {
	kind, _, _ := strings.Cut(header.Get("Content-Disposition"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "attachment")
}

// attachmentName is the file name, by RFC 2231, RFC 2047, or raw.
func attachmentName(header gomessage.Header, typeParams map[string]string) string {
	_, params := mediaType([]byte(header.Get("Content-Disposition")))
	name := params["filename"]
	if name == "" {
		name = typeParams["name"]
	}
	if name == "" {
		return ""
	}
	name = decoder{hint: typeParams["charset"]}.text([]byte(name))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return plaintext.Truncate(name, 200)
}
