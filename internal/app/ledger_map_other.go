//go:build !windows

package app

// initialMap of the ledger in octets. It is address space, not memory: growing
// the map would wait for every reader, and a full poll reads as long as the
// network takes.
const initialMap = 64 << 20
