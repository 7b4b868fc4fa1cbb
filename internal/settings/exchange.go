package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxExchange is how many bytes a file of accounts may have, which may come
// from anybody.
const MaxExchange = 256 << 10

const exchangeHeader = `# Accounts of traymail, without passwords. To take them over:
#     traymail account import FILE

`

// ExportAccounts writes accounts to a file that ReadAccounts reads: as the
// settings file, with version and accounts only. Commands that print a
// password are left out unless withCommands; passwords are nowhere to be had.
func ExportAccounts(accounts []Account, withCommands bool) ([]byte, error) {
	var w writer
	w.text.WriteString(exchangeHeader)
	w.keys(Settings{Version: CurrentVersion}, nil)
	for _, a := range accounts {
		if !withCommands {
			a.SecretCommand = ""
		}
		w.account(a, nil)
	}
	return w.text.Bytes(), w.err
}

// Exchanged is what a file of accounts holds.
type Exchanged struct {
	// Accounts can be used as they are; an ID may be missing or taken.
	Accounts []Account
	// Problems name the accounts that cannot be used, one each.
	Problems []*FileError
	// Notes name what was not taken: unknown keys, preferences, and commands.
	Notes []*FileError
}

// ReadAccounts reads what ExportAccounts wrote, or a settings file; name is
// what to call it. The file may come from a stranger: secret_command, which
// runs a program, is taken only with withCommands, and a sound that is a file,
// which other programs would open, never. One bad account does not
// keep the others out; the error is a *FileError about the whole.
func ReadAccounts(name string, raw []byte, withCommands bool) (Exchanged, error) {
	var e Exchanged
	fail := func(problem *FileError) (Exchanged, error) {
		problem.File = name
		return Exchanged{}, problem
	}
	if len(raw) > MaxExchange {
		return fail(&FileError{Err: FieldError{Key: MistakeExchangeLarge, Args: []any{MaxExchange >> 10}}})
	}
	doc, err := parse(raw)
	var list []any
	if err == nil {
		err = doc.newer()
	}
	if err == nil {
		list, err = doc.list("account")
	}
	var problem *FileError
	switch {
	case errors.As(err, &problem):
		return fail(problem)
	case len(list) == 0:
		return fail(&FileError{Err: FieldError{Key: MistakeExchangeEmpty}})
	case len(list) > maxListed:
		return fail(&FileError{Err: FieldError{Key: MistakeExchangeMany, Args: []any{maxListed}}})
	}
	e.notes(doc, list, withCommands)
	for i, table := range list {
		a, err := readAccount(doc, i, table, withCommands)
		if errors.As(err, &problem) {
			e.Problems = append(e.Problems, problem)
			continue
		}
		e.Accounts = append(e.Accounts, a)
	}
	for _, named := range [][]*FileError{e.Problems, e.Notes} {
		for _, problem := range named {
			problem.File = name
		}
	}
	return e, nil
}

// readAccount reads the n-th account of a file.
func readAccount(doc *document, n int, table any, withCommands bool) (a Account, err error) {
	var ignored decoded // the notes have the warnings
	if _, err := take(&ignored, doc, "account", n, table, &a); err != nil {
		return a, err
	}
	if !withCommands {
		a.SecretCommand = ""
	}
	a.Normalize()
	if SoundFile(a.Sound) {
		a.Sound = ""
	}
	valid := a
	if valid.ID == "" {
		valid.ID = "new"
	}
	if problems := valid.Validate(); len(problems) > 0 {
		return a, doc.problem("account", n, problems[0])
	}
	return a, nil
}

// notes names what will not be taken.
func (e *Exchanged) notes(doc *document, list []any, withCommands bool) {
	note := func(table string, n int, key string, what Mistake) {
		e.Notes = append(e.Notes, doc.problem(table, n, FieldError{Field: key, Key: what}))
	}
	for key := range doc.values {
		if key != "version" && key != "account" {
			note("", 0, key, MistakeExchangeOnlyAccounts)
		}
	}
	for i, value := range list {
		table, _ := value.(map[string]any)
		for key := range table {
			if !slices.ContainsFunc(accountKeys, func(k string) bool { return strings.EqualFold(k, key) }) {
				note("account", i, key, MistakeUnknownKey)
			}
		}
		if inner, ok := table[oauthTable].(map[string]any); ok {
			for key := range inner {
				if !slices.ContainsFunc(oauthKeys, func(k string) bool { return strings.EqualFold(k, key) }) {
					note("account", i, oauthPrefix+key, MistakeUnknownKey)
				}
			}
		}
		if table["secret_command"] != nil && !withCommands {
			note("account", i, "secret_command", MistakeExchangeCommand)
		}
		sound, _ := table["sound"].(string)
		if normalizeSound(&sound); SoundFile(sound) {
			note("account", i, "sound", MistakeExchangeSound)
		}
	}
	slices.SortStableFunc(e.Notes, func(a, b *FileError) int { return a.Line - b.Line })
}

// Merged says what became of accounts that were to be added.
type Merged struct {
	// Added are in force, with the IDs that they have now.
	Added []Account `json:"added"`
	// Skipped have the maildrop of an account that is there already, which
	// stays as it is.
	Skipped []Account `json:"skipped"`
}

// Merge says which accounts would be added to those that there are. An ID
// that is missing, in use or not free becomes a new one.
func Merge(have, incoming []Account, free func(id string) bool) Merged {
	m := Merged{Added: []Account{}, Skipped: []Account{}}
	all := slices.Clone(have)
	taken := func(id string) bool {
		return slices.ContainsFunc(all, func(a Account) bool { return a.ID == id })
	}
	for _, a := range incoming {
		if slices.ContainsFunc(all, func(b Account) bool { return sameMaildrop(a, b) }) {
			m.Skipped = append(m.Skipped, a)
			continue
		}
		for a.ID == "" || taken(a.ID) || free != nil && !free(a.ID) {
			a.ID = NewID(a.Name)
		}
		all = append(all, a)
		m.Added = append(m.Added, a)
	}
	return m
}

// Import adds accounts to the settings file, all at once; see Merge.
func (s *Store) Import(incoming []Account, free func(id string) bool) (m Merged, err error) {
	err = s.Update(func(all *Settings) error {
		m = Merge(all.Accounts, incoming, free)
		if len(all.Accounts)+len(m.Added) > maxListed {
			return fmt.Errorf("%w: %w", ErrInvalid, errTooMany)
		}
		all.Accounts = append(all.Accounts, m.Added...)
		return nil
	})
	return m, err
}

var errTooMany = errors.New("more than a thousand accounts")
