package app

import (
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
)

// oneTimeCode is that of a message. It is kept in memory alone.
type oneTimeCode struct{ uid, code string }

// maxCodes is how many are kept of an account: older ones do not work any more.
const maxCodes = 20

// keepCodes keeps what a poll has found.
func (s *Service) keepCodes(w *mailbox, found map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uid, code := range found {
		w.codes = append(w.codes, oneTimeCode{uid, code})
	}
	w.codes = w.codes[max(0, len(w.codes)-maxCodes):]
}

// codeOf says which one-time code a message of an account has: what a poll has
// found in its text, or what its header says; among more than a poll describes,
// which become a summary, none. It must not be called with mu held; what it
// returns may.
func (s *Service) codeOf(account string, among int) func(ledger.Entry) string {
	if s.preferences().IgnoreCodes || among > poll.MaxDescribed {
		return func(ledger.Entry) string { return "" }
	}
	known := map[string]string{}
	s.mu.Lock()
	if w := s.mailboxes[account]; w != nil {
		for _, c := range w.codes {
			known[c.uid] = c.code
		}
	}
	s.mu.Unlock()
	return func(e ledger.Entry) string {
		if code := known[e.UID]; code != "" || !e.Described {
			return code
		}
		code, _ := poll.Code(ledger.Header{From: e.From, Address: e.Address, Subject: e.Subject}, "")
		return code
	}
}

// codeIn is the one-time code of a message that was fetched.
func (s *Service) codeIn(m poll.Message) string {
	if s.preferences().IgnoreCodes {
		return ""
	}
	code, _ := poll.Code(poll.Header(m.Header), m.Document.Text(nil))
	return code
}

// Code is the one-time code of a message, or nothing where none is known.
func (s *Service) Code(account, uid string) (string, error) {
	list, err := s.ledger.Known(account, uid)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return s.codeOf(account, 1)(list[0]), nil
}
