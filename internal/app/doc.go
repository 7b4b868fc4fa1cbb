// Package app is the engine: it holds the accounts, each with the generation
// of its settings, has them polled when they are due, commits what polls
// learned to the ledger, publishes immutable snapshots from which every view is
// drawn, and answers what front ends ask. It knows no toolkit, no bus, no
// socket and no language.
package app
