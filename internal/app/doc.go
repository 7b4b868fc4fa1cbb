// Package app is the domain: it polls the accounts, keeps the ledger of what
// was announced and seen, and publishes immutable snapshots from which every
// view is drawn. It knows no toolkit, no bus and no socket.
package app
