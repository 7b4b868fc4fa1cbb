package ledger

// Relabelled finds messages that a poll shows under other UIDs than before,
// where most have kept theirs: a person, or a filter, took one out of the
// maildrop and put it back, or the server names each by a file whose name
// changes. Those did not leave, and are not new. It returns the old UIDs by the
// new ones; gone are the UIDs that the server no longer shows. A migration of
// all is another matter (takeOver).
func (l *Ledger) Relabelled(account string, p Poll, gone []string) (map[string]string, error) {
	old := map[string]string{}
	return old, l.view(account, func(a *accountLedger) error {
		if len(gone) == 0 || p.Mode == Full && a.migrated(p) {
			return nil
		}
		claimed := map[string]bool{}
		for _, uid := range p.Renamed {
			claimed[uid] = true
		}
		found := map[int64][]Arrival{} // by their dates
		for _, n := range p.Fresh {
			if n.Described && p.Renamed[n.UID] == "" {
				found[n.Date.Unix()] = append(found[n.Date.Unix()], n)
			}
		}
		if len(found) == 0 {
			return nil
		}
		for _, uid := range gone {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			if !ok || claimed[uid] {
				continue
			}
			for _, n := range found[r.Date.Unix()] {
				if old[n.UID] == "" && r.Exactly(n) {
					old[n.UID] = uid
					break
				}
			}
		}
		return nil
	})
}
