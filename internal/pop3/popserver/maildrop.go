package popserver

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// Maildrop is one user's messages. What is delivered or removed while a
// session runs shows in the next session, as POP3 demands.
type Maildrop struct {
	mu       sync.Mutex
	messages []Message
	next     int
	locked   bool
}

// Message is one message of a maildrop. Raw has CRLF line ends.
type Message struct {
	UID string
	Raw []byte
}

func newMaildrop() *Maildrop { return &Maildrop{next: 1} }

// Deliver adds a message, whose line ends may be LF or CRLF, and returns its
// fresh UID.
func (m *Maildrop) Deliver(raw []byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	uid := fmt.Sprintf("uid%08d", m.next)
	m.next++
	m.messages = append(m.messages, Message{uid, crlf(raw)})
	return uid
}

// DeliverAt is Deliver to a place in the order, the first being 0, as on
// servers that list the newest message first.
func (m *Maildrop) DeliverAt(place int, raw []byte) string {
	uid := m.Deliver(raw)
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.messages) - 1
	message := m.messages[last]
	m.messages = slices.Insert(slices.Clone(m.messages[:last]), place, message)
	return uid
}

// DeliverUID adds a message under a UID of the caller's choice.
func (m *Maildrop) DeliverUID(uid string, raw []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, Message{uid, crlf(raw)})
}

// Remove takes a message away, as another program would.
func (m *Maildrop) Remove(uid string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = slices.DeleteFunc(m.messages, func(msg Message) bool { return msg.UID == uid })
}

// Rewrite replaces a message's text, as a server of mbox files does when
// another program marks it as read.
func (m *Maildrop) Rewrite(uid string, raw []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.messages {
		if m.messages[i].UID == uid {
			m.messages[i].Raw = crlf(raw)
		}
	}
}

// Swap has two messages, the first being 0, take each other's place.
func (m *Maildrop) Swap(i, j int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages[i], m.messages[j] = m.messages[j], m.messages[i]
}

// Renumber gives every message a fresh UID, as a migration does.
func (m *Maildrop) Renumber() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = slices.Clone(m.messages)
	for i := range m.messages {
		m.messages[i].UID = fmt.Sprintf("new%08d", m.next)
		m.next++
	}
}

// Messages returns what is there, oldest first.
func (m *Maildrop) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// lock takes the maildrop for a session (RFC 1939, section 4).
func (m *Maildrop) lock() ([]Message, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked {
		return nil, false
	}
	m.locked = true
	return slices.Clone(m.messages), true
}

// unlock gives it back and carries out deletions.
func (m *Maildrop) unlock(deleted map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.locked = false
	if len(deleted) > 0 {
		m.messages = slices.DeleteFunc(m.messages, func(msg Message) bool { return deleted[msg.UID] })
	}
}

func crlf(raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	if !bytes.HasSuffix(raw, []byte("\n")) {
		raw = append(bytes.Clone(raw), '\n')
	}
	return bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
}
