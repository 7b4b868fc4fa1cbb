package settings

import "reflect"

// Rebase returns an account as it is now with what next changes of before: who
// has had it open for a while takes nothing back that was changed elsewhere.
func Rebase(now, before, next Account) Account {
	rebased := reflect.ValueOf(&now).Elem()
	was, is := reflect.ValueOf(before), reflect.ValueOf(next)
	for i := range is.NumField() {
		if !is.Field(i).Equal(was.Field(i)) {
			rebased.Field(i).Set(is.Field(i))
		}
	}
	return now
}

// SameMailbox says whether two accounts are of the same mailbox, reached as the
// same user in the same way, so that a secret of one is for the other, too.
func SameMailbox(a, b Account) bool {
	return a.OAuth == b.OAuth && a.Server == b.Server && a.User == b.User && a.Address == b.Address
}
