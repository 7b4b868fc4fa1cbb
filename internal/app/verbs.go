package app

import (
	"context"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/settings"
)

// Verbs answers what front ends ask.
func (s *Service) Verbs() api.Handlers {
	h := api.Handlers{}
	api.Status.Handle(h, func(context.Context, api.None) (api.Snapshot, error) { return s.Snapshot(), nil })
	api.Accounts.Handle(h, func(context.Context, api.None) ([]settings.Account, error) { return s.Accounts(), nil })
	api.Settings.Handle(h, func(context.Context, api.None) (settings.Settings, error) { return s.Settings(), nil })
	api.SavePreferences.Handle(h, func(ctx context.Context, r api.PreferencesRequest) (none api.None, err error) {
		return none, s.SavePreferences(ctx, r.Preferences, r.Rules)
	})
	api.TryRule.Handle(h, s.TryRule)
	api.TrySound.Handle(h, func(ctx context.Context, r api.SoundRequest) (none api.None, err error) {
		return none, s.TrySound(ctx, r.Sound)
	})
	api.SaveAccount.Handle(h, func(ctx context.Context, a settings.Account) (none api.None, err error) {
		return none, s.SaveAccount(ctx, a)
	})
	api.RemoveAccount.Handle(h, func(ctx context.Context, r api.AccountRequest) (none api.None, err error) {
		return none, s.RemoveAccount(ctx, r.Account)
	})
	api.ImportAccounts.Handle(h, s.ImportAccounts)
	api.TestAccount.Handle(h, func(ctx context.Context, r api.TestRequest) (api.TestReport, error) {
		return s.Test(ctx, r.Account, r.SecretRef, api.Progress(ctx)), nil
	})
	api.Unlock.Handle(h, func(ctx context.Context, r api.CheckRequest) (none api.None, err error) {
		return none, s.Unlock(ctx, r.Accounts...)
	})
	api.Check.Handle(h, func(ctx context.Context, r api.CheckRequest) (api.CheckResult, error) {
		result, err := s.Check(ctx, r.Accounts...)
		result.Problem = s.Snapshot().Problem
		return result, err
	})
	api.MarkSeen.Handle(h, func(ctx context.Context, r api.SeenRequest) (none api.None, err error) {
		mark := s.MarkSeen
		switch {
		case r.Unseen:
			mark = s.MarkUnseen
		case len(r.UIDs) == 0:
			return none, s.MarkAllSeen(ctx, r.Account)
		}
		if err := mark(ctx, r.Account, r.UIDs...); err != nil || !r.Present {
			return none, err
		}
		return none, s.present(r.Account, r.UIDs)
	})
	api.Existing.Handle(h, func(_ context.Context, r api.ExistingRequest) (none api.None, err error) {
		return none, s.Existing(r.Account, r.Count)
	})
	api.Delete.Handle(h, s.Delete)
	api.DeleteLater.Handle(h, s.DeleteLater)
	api.DeleteNow.Handle(h, func(_ context.Context, r api.DeletionRef) (bool, error) { return s.decide(r.Name, nil, true), nil })
	api.Undo.Handle(h, func(_ context.Context, r api.DeletionRef) (bool, error) { return s.decide(r.Name, nil, false), nil })
	api.List.Handle(h, func(_ context.Context, r api.ListRequest) ([]api.Mail, error) {
		if r.Before != "" {
			return s.Older(r.Account, r.Before, r.Limit)
		}
		list, err := s.List(r.Account, r.Limit)
		if err == nil {
			s.DescribeSoon(r.Account)
		}
		return list, err
	})
	api.Page.Handle(h, func(_ context.Context, r api.PageRequest) ([]api.Row, error) { return s.Page(r) })
	api.Describe.Handle(h, func(ctx context.Context, r api.DescribeRequest) (none api.None, err error) {
		return none, s.DescribeThese(ctx, r.Account, r.UIDs...)
	})
	api.Headers.Handle(h, s.Headers)
	api.Sizes.Handle(h, func(ctx context.Context, r api.AccountRequest) (none api.None, err error) {
		return none, s.Sizes(ctx, r.Account)
	})
	api.Source.Handle(h, s.Source)
	api.Fetch.Handle(h, func(ctx context.Context, r api.FetchRequest) (api.FullMessage, error) {
		return s.fetch(ctx, r)
	})
	api.Explain.Handle(h, func(_ context.Context, r api.AccountRequest) (api.Health, error) { return s.Health(r.Account) })
	api.Lease.Handle(h, s.Lease)
	api.LeaseEnded.Handle(h, func(ctx context.Context, r api.LeaseRef) (none api.None, err error) {
		return none, s.LeaseEnded(ctx, r.Lease)
	})
	api.KeepLease.Handle(h, func(_ context.Context, r api.LeaseRef) (none api.None, err error) {
		_, err = s.holdOf(r.Lease)
		return none, err
	})
	api.ReportLease.Handle(h, func(ctx context.Context, r api.LeaseReport) (none api.None, err error) {
		return none, s.Report(ctx, r)
	})
	api.FetchedBefore.Handle(h, func(_ context.Context, r api.FetchedRequest) ([]api.FetchedMail, error) {
		return s.FetchedBefore(r)
	})
	api.ReleaseLease.Handle(h, func(ctx context.Context, r api.LeaseRef) (none api.None, err error) {
		return none, s.ReleaseLease(ctx, r.Lease)
	})
	discover.Find.Handle(h, func(ctx context.Context, r discover.Request) (discover.Result, error) {
		return s.Discover(ctx, r.Address)
	})
	return h
}
