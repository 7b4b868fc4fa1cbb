//go:build cgo && !nowindow

package window

import (
	"context"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// listPage is how many messages are asked for at once. The first page is on the
// screen before the others have come.
const listPage = 2000

// loader fetches the list of an account, a page after another.
type loader struct {
	// busy: it is under way, stale: and outdated already. full: all is listed,
	// although only the newest may have changed; next: so it is the next time.
	busy, stale, full, next bool
	// loaded: some of the list is known.
	loaded bool
	fresh  []*mail
	shown  int // how many of fresh are in the index
}

func (s *mailboxScreen) loader(id string) *loader {
	l := s.loaders[id]
	if l == nil {
		l = &loader{}
		s.loaders[id] = l
	}
	return l
}

// reload lists the messages of the accounts that are shown again.
func (s *mailboxScreen) reload() {
	for _, a := range s.shown() {
		s.load(a.ID, false)
	}
	s.arrange()
}

// reading says whether a list is on its way.
func (s *mailboxScreen) reading() bool {
	for _, l := range s.loaders {
		if l.busy {
			return true
		}
	}
	return false
}

// load lists the messages of an account, one request at a time. full has all of
// them listed, although only the newest may have changed.
func (s *mailboxScreen) load(id string, full bool) {
	l := s.loader(id)
	l.next = l.next || full
	if l.busy {
		l.stale = true
		return
	}
	l.busy, l.full, l.stale, l.next, l.fresh, l.shown = true, l.next, false, false, nil, 0
	s.page(id, l, "")
}

func (s *mailboxScreen) page(id string, l *loader, before string) {
	goRun(s.bridge,
		func(ctx context.Context) ([]api.Mail, error) {
			return api.List.Ask(ctx, s.client, api.ListRequest{Account: id, Before: before, Limit: listPage})
		},
		func(mails []api.Mail, err error) {
			switch {
			case s.loaders[id] != l:
				return // the account is gone
			case err != nil:
				l.busy = false
				s.setFailure(sentence(err, s.loc))
				return
			case l.stale && before == "":
				l.busy = false
				s.load(id, l.full)
				return
			}
			s.bolden(mails)
			l.fresh = append(l.fresh, s.index.adopt(mails)...)
			switch {
			case before == "" && !l.full && s.grown(id, l.fresh):
			case len(mails) < listPage:
				s.index.replace(id, l.fresh)
			default:
				// All of it is laid out anew as often as it has doubled.
				if old := len(s.index.accounts[id]); len(l.fresh) > old && len(l.fresh) >= 2*l.shown {
					l.shown = len(l.fresh)
					s.index.replace(id, slices.Clone(l.fresh))
					l.loaded = true
					s.arrange()
				}
				s.page(id, l, mails[len(mails)-1].UID)
				return
			}
			l.busy, l.loaded, l.fresh = false, true, nil
			s.arrange()
			if l.stale {
				s.load(id, false)
			}
		})
}

// bolden sees to fonts for what is unseen.
func (s *mailboxScreen) bolden(mails []api.Mail) {
	for _, m := range mails {
		if !m.Seen {
			s.bridge.bold.see(s.bridge, m.From, m.Subject)
		}
	}
}

// grown adds the newest messages to those that are known, and says whether this
// comes to what the account has: then nothing older has changed.
func (s *mailboxScreen) grown(id string, newest []*mail) bool {
	old := s.index.accounts[id]
	status := statusOf(s.snapshot, id)
	if len(old) == 0 || len(newest) == 0 || status == nil {
		return false
	}
	k := slices.Index(newest, old[0])
	if k < 0 || k+len(old) != status.Messages || len(newest)-k > len(old) || !slices.Equal(newest[k:], old[:len(newest)-k]) {
		return false
	}
	list := append(slices.Clone(newest[:k]), old...)
	unseen := 0
	for _, m := range list {
		if !m.Seen {
			unseen++
		}
	}
	if unseen != status.Unseen {
		return false
	}
	s.index.replace(id, list)
	return true
}

const (
	// restTime is how long a list rests before headers are asked for: who drags
	// the bar passes by thousands of rows.
	restTime = 120 * time.Millisecond
	// maxHeaders is how many headers one request asks for.
	maxHeaders = 75
)

// moved is told that other rows are in view: those without headers get them,
// once the list has come to rest.
func (s *mailboxScreen) moved() {
	s.scrolls++
	if s.resting || !s.blank() {
		return
	}
	s.resting = true
	at := s.scrolls
	goDo(s.bridge, func(ctx context.Context) error {
		timer := time.NewTimer(restTime)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return nil
	}, func(error) {
		s.resting = false
		if s.scrolls != at {
			s.moved()
			return
		}
		s.describe()
	})
}

// lacks says whether the header of a message can be asked for.
func (s *mailboxScreen) lacks(m *mail) bool {
	if !m.Undescribed || m.asked {
		return false
	}
	a := statusOf(s.snapshot, m.Account)
	return a != nil && a.Error == nil && a.State != api.Waiting // offline, or a command's
}

// blank says whether rows in view lack headers.
func (s *mailboxScreen) blank() bool {
	return slices.ContainsFunc(s.mails[min(s.list.first, len(s.mails)):min(s.list.last, len(s.mails))], s.lacks)
}

// describe asks for the headers of what is in view, then for those around it.
func (s *mailboxScreen) describe() {
	if s.describing || s.rest != nil || !s.blank() {
		return
	}
	first, last := min(s.list.first, len(s.mails)), min(s.list.last, len(s.mails))
	var wanted []*mail
	add := func(list []*mail) {
		for _, m := range list {
			if s.lacks(m) && len(wanted) < maxHeaders && (len(wanted) == 0 || m.Account == wanted[0].Account) {
				wanted = append(wanted, m)
			}
		}
	}
	add(s.mails[first:last])
	add(s.mails[last:min(len(s.mails), last+maxHeaders)])
	add(s.mails[max(0, first-maxHeaders/3):first])
	s.describing = true
	s.headers(wanted, func(_ int64, err error) {
		s.describing = false
		if err != nil {
			s.setFailure(sentence(err, s.loc))
			return
		}
		s.moved() // the next ones, if others are in view by now
	})
}

// headers fetches the headers of messages of one account, and shows them where
// they are in view. What does not come is not asked for again before the next
// poll.
func (s *mailboxScreen) headers(wanted []*mail, then func(octets int64, err error)) (cancel func()) {
	account, uids := wanted[0].Account, make([]string, len(wanted))
	for i, m := range wanted {
		uids[i] = m.UID
	}
	return goRun(s.bridge,
		func(ctx context.Context) (api.Described, error) {
			return api.Headers.Ask(ctx, s.client, api.DescribeRequest{Account: account, UIDs: uids})
		},
		func(got api.Described, err error) {
			for _, m := range wanted {
				m.asked = true
			}
			for _, now := range got.Mails {
				if m := s.index.by[keyOf(now)]; m != nil {
					m.take(now)
					m.asked = m.Undescribed
				}
			}
			s.bolden(got.Mails)
			if err == nil {
				s.list.fill(true)
			}
			then(got.Received, err)
		})
}

// retry has headers asked for again that did not come.
func (s *mailboxScreen) retry(account string) {
	for _, m := range s.index.accounts[account] {
		m.asked = false
	}
}

// rest is the fetch of all headers that a search lacks.
type rest struct {
	cancel func() // ends the request that is under way
	octets int64
	// most is how many are asked for at once: as many as come in some seconds.
	most int
}

// fetchRest begins or ends to fetch the headers of all that the filters let
// through.
func (s *mailboxScreen) fetchRest() {
	if s.rest != nil {
		s.rest.cancel()
		s.rest = nil
		s.arrange()
		return
	}
	s.rest = &rest{cancel: func() {}, most: maxHeaders}
	s.setFailure("")
	s.fetchMore(s.rest)
}

// fetchMore fetches the next headers, newest first.
func (s *mailboxScreen) fetchMore(r *rest) {
	of := s.of
	of.words, of.order = nil, newestFirst
	list, _, _ := s.index.view(of)
	var wanted []*mail
	for _, m := range list {
		if s.lacks(m) && (len(wanted) == 0 || m.Account == wanted[0].Account) {
			wanted = append(wanted, m)
		}
		if len(wanted) == r.most {
			break
		}
	}
	if len(wanted) == 0 {
		s.rest = nil
		s.arrange()
		return
	}
	began := time.Now()
	r.cancel = s.headers(wanted, func(octets int64, err error) {
		if s.rest != r {
			return // the user has had enough of it
		}
		r.octets += octets
		if err != nil {
			s.rest = nil
			s.arrange()
			s.setFailure(sentence(err, s.loc))
			return
		}
		switch took := time.Since(began); {
		case took < 2*time.Second:
			r.most = min(2*r.most, 1000)
		case took > 6*time.Second:
			r.most = max(r.most/2, maxHeaders)
		}
		s.arrange()
		s.fetchMore(r)
	})
}

// measure has the sizes listed that a list lacks which is sorted by them, once
// for each account.
func (s *mailboxScreen) measure() {
	if s.of.order != largestFirst {
		return
	}
	for _, a := range s.shown() {
		unknown := func(m *mail) bool { return m.Octets <= 0 }
		if s.measured[a.ID] || a.Error != nil || !slices.ContainsFunc(s.index.accounts[a.ID], unknown) {
			continue
		}
		s.measured[a.ID] = true
		s.measuring++
		goDo(s.bridge,
			func(ctx context.Context) error {
				_, err := api.Sizes.Ask(ctx, s.client, api.AccountRequest{Account: a.ID})
				return err
			},
			func(err error) {
				s.measuring--
				if err != nil {
					s.setFailure(sentence(err, s.loc))
				}
				s.load(a.ID, true)
				s.update()
			})
	}
}
