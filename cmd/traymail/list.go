package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/plaintext"
)

const (
	// headersTimeout bounds the wait for headers that the ledger lacks.
	headersTimeout = time.Minute
	defaultListed  = 50
)

func newList(e *env) *cobra.Command {
	var asJSON, unseen, all bool
	var limit int
	cmd := &cobra.Command{
		Use:     "list ID",
		Short:   e.loc.T("cli.messages.short"),
		Long:    e.loc.T("cli.messages.long"),
		Example: "  traymail list home-k3fa\n  traymail list home-k3fa --unseen --limit 0\n  traymail list home-k3fa --json | jq -r '.[].uid'",
		Args: func(cmd *cobra.Command, args []string) error {
			if unseen && all {
				return usageError{errors.New(e.loc.T("cli.messages.unseen_or_all"))}
			}
			if limit < 0 {
				return usageError{errors.New(e.loc.T("cli.messages.bad_limit"))}
			}
			return exactArgs(e, 1)(cmd, args)
		},
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			l := lister{e: e, engine: engine, account: args[0], unseen: unseen, patience: headersTimeout}
			rows, err := l.list(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if asJSON {
				if err := e.printJSON(listed(args[0], rows)); err != nil {
					return err
				}
			} else {
				e.printRows(rows, unseen, time.Now())
			}
			return l.failed
		}),
	}
	cmd.Flags().BoolVar(&unseen, "unseen", false, e.loc.T("cli.messages.unseen"))
	cmd.Flags().BoolVar(&all, "all", false, e.loc.T("cli.messages.all"))
	cmd.Flags().IntVar(&limit, "limit", defaultListed, e.loc.T("cli.messages.limit"))
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

// lister asks for the messages of an account.
type lister struct {
	e        *env
	engine   api.Engine
	account  string
	unseen   bool
	patience time.Duration // with headers, of all pages together
	// failed is why not all is known.
	failed error
}

// list returns the newest messages, up to limit or, if that is zero, all.
func (l *lister) list(ctx context.Context, limit int) (rows []api.Row, err error) {
	patience, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	before := ""
	for {
		r := api.PageRequest{Account: l.account, Unseen: l.unseen, Before: before, Limit: api.MaxPage}
		if limit > 0 {
			r.Limit = min(api.MaxPage, limit-len(rows))
		}
		page, err := l.page(ctx, patience, r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, page...)
		if len(page) < r.Limit || len(rows) == limit {
			return rows, nil
		}
		before = page[len(page)-1].UID
	}
}

// page returns one page, with the headers that were missing. Those that cannot
// be had are asked for once only.
func (l *lister) page(ctx, patience context.Context, r api.PageRequest) ([]api.Row, error) {
	page, err := api.Page.Ask(ctx, l.engine, r)
	if err == nil && len(page) == 0 && r.Before == "" {
		var polled bool
		if polled, err = l.polled(ctx); polled {
			page, err = api.Page.Ask(ctx, l.engine, r)
		}
	}
	var missing []string
	for _, row := range page {
		if !row.Described {
			missing = append(missing, row.UID)
		}
	}
	if err != nil || l.failed != nil || len(missing) == 0 {
		return page, err
	}
	if l.failed = l.e.unlock(ctx, l.engine, l.account); l.failed != nil {
		return page, ctx.Err()
	}
	_, err = api.Describe.Ask(patience, l.engine, api.DescribeRequest{Account: l.account, UIDs: missing})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case patience.Err() != nil:
		l.failed = errors.New(l.e.loc.T("cli.messages.slow"))
	default:
		l.failed = err
	}
	return api.Page.Ask(ctx, l.engine, r)
}

// polled polls an account that never was, of which the ledger knows nothing,
// and says whether it did.
func (l *lister) polled(ctx context.Context) (bool, error) {
	snapshot, err := api.Status.Ask(ctx, l.engine, api.None{})
	if err != nil {
		return false, err
	}
	for _, a := range snapshot.Accounts {
		if a.ID != l.account || !a.LastPoll.IsZero() {
			continue
		}
		if l.failed = l.e.unlock(ctx, l.engine, l.account); l.failed != nil {
			return false, ctx.Err()
		}
		result, err := api.Check.Ask(ctx, l.engine, api.CheckRequest{Accounts: []string{l.account}})
		for _, checked := range result.Accounts {
			if checked.Error != nil {
				l.failed = &api.ProblemError{Problem: *checked.Error}
			}
		}
		return err == nil, err
	}
	return false, nil
}

// listedMessage is what list --json prints of a message; null is what is not
// known.
type listedMessage struct {
	Account string     `json:"account"`
	UID     string     `json:"uid"`
	Number  *int       `json:"number"`
	Date    *time.Time `json:"date"`
	From    *string    `json:"from"`
	Address *string    `json:"address"`
	Subject *string    `json:"subject"`
	Octets  *int64     `json:"octets"`
	Unseen  bool       `json:"unseen"`
}

func listed(account string, rows []api.Row) []listedMessage {
	list := make([]listedMessage, len(rows))
	for i, r := range rows {
		list[i] = listedMessage{
			Account: account, UID: r.UID, Number: known(r.Number, r.Number > 0), Date: known(r.Date, !r.Date.IsZero()),
			From: known(r.From, r.Described), Address: known(r.Address, r.Address != ""), Subject: known(r.Subject, r.Described),
			Octets: known(r.Octets, r.Octets > 0), Unseen: !r.Seen,
		}
	}
	return list
}

// known is null in JSON for what is not known.
func known[T any](v T, is bool) *T {
	if !is {
		return nil
	}
	return &v
}

// printRows prints messages as a table. What is not known is "…".
func (e *env) printRows(rows []api.Row, unseen bool, now time.Time) {
	if len(rows) == 0 {
		none := "cli.messages.none"
		if unseen {
			none = "cli.messages.none_unseen"
		}
		e.printf("%s\n", e.loc.T(none))
		return
	}
	mark, number, uid, date := &column{width: 1}, &column{right: true}, &column{style: dim}, &column{style: dim}
	sender, size, subject := &column{}, &column{right: true, style: dim}, &column{}
	for _, r := range rows {
		style := plain
		if !r.Seen {
			style = bold
		}
		mark.add(text(!r.Seen, "*"), green)
		number.add(text(r.Number > 0, e.loc.Count(r.Number)), plain)
		uid.add(plaintext.Clean(r.UID), plain)
		date.add(e.loc.Ago(r.Date, now), plain)
		size.add(text(r.Octets > 0, e.loc.Size(r.Octets)), plain)
		if r.Described {
			sender.add(cells.Truncate(explain.Sender(r.From, e.loc), senderWidth, "…"), style)
			subject.add(explain.Subject(r.Subject, e.loc), style)
		} else {
			sender.add("…", style)
			subject.add("…", style)
		}
	}
	table := table{columns: []*column{mark, number, uid, date, sender, size}, last: subject}
	for i := range rows {
		e.printRow(table, i)
	}
}

// text is s where it says something.
func text(is bool, s string) string {
	if !is {
		return ""
	}
	return s
}
