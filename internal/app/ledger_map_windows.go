package app

// initialMap of the ledger in octets: none, for the file would become as large
// as the map.
const initialMap = 0
