package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/plaintext"
)

// showing is what to print of which message.
type showing struct {
	account, uid                         string
	headers, source, whole, asJSON, seen bool
}

func newShow(e *env) *cobra.Command {
	var s showing
	cmd := &cobra.Command{
		Use:     "show ID UID",
		Short:   e.loc.T("cli.show.short"),
		Long:    e.loc.T("cli.show.long"),
		Example: "  traymail show home-k3fa 0000012a5f8e3c11\n  traymail show home-k3fa 0000012a5f8e3c11 --headers\n  traymail show home-k3fa 0000012a5f8e3c11 --source --whole > message.eml",
		Args: func(cmd *cobra.Command, args []string) error {
			if s.source && (s.headers || s.asJSON) {
				return usageError{errors.New(e.loc.T("cli.show.one_form"))}
			}
			return exactArgs(e, 2)(cmd, args)
		},
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			s.account, s.uid = args[0], args[1]
			if err := e.unlock(cmd.Context(), engine, s.account); err != nil {
				return err
			}
			if err := e.show(cmd.Context(), engine, s); err != nil {
				return err
			}
			if !s.seen {
				return nil
			}
			_, err := api.MarkSeen.Ask(cmd.Context(), engine, api.SeenRequest{Account: s.account, UIDs: []string{s.uid}})
			return err
		}),
	}
	cmd.Flags().BoolVar(&s.headers, "headers", false, e.loc.T("cli.show.headers"))
	cmd.Flags().BoolVar(&s.source, "source", false, e.loc.T("cli.show.source"))
	cmd.Flags().BoolVar(&s.whole, "whole", false, e.loc.T("cli.show.whole"))
	cmd.Flags().BoolVar(&s.seen, "seen", false, e.loc.T("cli.show.seen"))
	cmd.Flags().BoolVar(&s.asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

func (e *env) show(ctx context.Context, engine engine, s showing) error {
	switch {
	case s.headers:
		return e.showHeaders(ctx, engine, s)
	case s.source:
		return e.showSource(ctx, engine, s)
	}
	m, err := api.Fetch.Ask(ctx, engine, api.FetchRequest{Account: s.account, UID: s.uid, Whole: s.whole})
	if err != nil {
		return err
	}
	if s.asJSON {
		return e.printJSON(e.shown(m, time.Now()))
	}
	e.printMessage(m, time.Now())
	return nil
}

// shownMessage is what show --json prints; null is what is not known.
type shownMessage struct {
	Account  string      `json:"account"`
	UID      string      `json:"uid"`
	From     string      `json:"from"`
	Address  string      `json:"address"`
	To       string      `json:"to"`
	Subject  string      `json:"subject"`
	Date     *time.Time  `json:"date"`
	Text     string      `json:"text"`
	Files    []shownFile `json:"files"`
	Complete bool        `json:"complete"`
}

type shownFile struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Octets *int64 `json:"octets"`
}

func (e *env) shown(m api.FullMessage, now time.Time) shownMessage {
	files := make([]shownFile, len(m.Files))
	for i, f := range m.Files {
		files[i] = shownFile{f.Name, f.Type, known(f.Octets, f.Octets >= 0)}
	}
	return shownMessage{
		Account: m.Account, UID: m.UID, From: m.From, Address: m.Address, To: m.To, Subject: m.Subject,
		Date: known(m.Date.Time, !m.Date.IsZero()), Text: explain.Document(m.Document, now, e.loc), Files: files, Complete: m.Complete,
	}
}

// printMessage prints a message as the reading pane shows it.
func (e *env) printMessage(m api.FullMessage, now time.Time) {
	for _, fact := range []struct{ name, value string }{
		{"window.fact.from", explain.Author(m.From, m.Address, e.loc)},
		{"window.fact.to", m.To},
		{"window.fact.date", e.loc.FullTime(m.Date.Time, now)},
		{"cli.show.subject", explain.Subject(m.Subject, e.loc)},
		{"cli.show.files", explain.Attachments(m.Files, e.loc)},
	} {
		if fact.value != "" {
			e.printf("%s\n", e.loc.T("cli.account_line", e.loc.T(fact.name), fact.value))
		}
	}
	text := explain.Document(m.Document, now, e.loc)
	if strings.TrimSpace(text) == "" {
		text = explain.NoText(m.Complete, e.loc)
	}
	e.printf("\n%s\n", text)
	e.sayPartial(m.Complete)
}

// sayPartial says that there is more of a message.
func (e *env) sayPartial(complete bool) {
	if !complete {
		e.errorf("%s\n", e.loc.T("cli.show.partial"))
	}
}

func (e *env) showHeaders(ctx context.Context, engine engine, s showing) error {
	source, err := api.Source.Ask(ctx, engine, api.SourceRequest{Account: s.account, UID: s.uid, Header: true, Whole: s.whole})
	if err != nil {
		return err
	}
	fields, err := message.Fields(bytes.NewReader(source.Octets))
	if err != nil {
		return err
	}
	if s.asJSON {
		return e.printJSON(fields)
	}
	for _, f := range fields {
		e.printf("%s: %s\n", f.Name, f.Value)
	}
	return nil
}

// showSource prints octets as they came, for a program. A terminal would obey
// some of them, and gets those escaped.
func (e *env) showSource(ctx context.Context, engine engine, s showing) error {
	source, err := api.Source.Ask(ctx, engine, api.SourceRequest{Account: s.account, UID: s.uid, Whole: s.whole})
	if err != nil {
		return err
	}
	if e.columns > 0 {
		e.printf("%s", plaintext.Escape(source.Octets))
	} else if _, err := e.stdout.Write(source.Octets); err != nil {
		return err
	}
	if source.Cut {
		return errors.New(e.loc.T("cli.show.cut", e.loc.Size(int64(len(source.Octets)))))
	}
	e.sayPartial(source.Complete)
	return nil
}
