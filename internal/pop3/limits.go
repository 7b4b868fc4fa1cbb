package pop3

import "time"

// What Config's zero values mean.
const (
	DefaultDialTimeout    = 30 * time.Second
	DefaultCommandTimeout = time.Minute
	DefaultMaxMessages    = 1_000_000
	DefaultMaxBody        = 64 << 20 // octets
)

// MaxUID is the longest UID that is kept as it is, in octets; RFC 1939 allows 70
// (P15).
const MaxUID = 255

// Bounds of what a server can make us hold, read or do (S9), in octets unless
// noted.
const (
	maxStatus   = 8192 // a status line; RFC 2449 asks for 512, P6 for 2,048
	maxRow      = 2048 // a row of CAPA, UIDL, LIST or LANG
	maxCapaRows = 200  // rows of CAPA
	maxDigits   = 18   // digits of a number, which an int64 holds
	maxBlank    = 3    // blank lines tolerated before a status line (P5)
	maxCode     = 64   // a response code
	maxText     = 300  // characters of a server's text that an error keeps

	// maxLoginDelay is the longest LOGIN-DELAY that is believed.
	maxLoginDelay = 24 * time.Hour
	// maxDrain is how much of an abandoned response is read to keep the
	// session; a longer rest costs the session.
	maxDrain = 256 << 10
	// maxChallenges bounds a SASL exchange; SCRAM has three.
	maxChallenges = 8
	// maxIterations bounds the work that SCRAM costs, about a second.
	maxIterations = 1_000_000
	// maxProxyResponse bounds a proxy's response to CONNECT.
	maxProxyResponse = 16 << 10
)

// Bounds of what we send and how long we wait, in octets unless noted.
const (
	readBuffer = 4096
	// maxWrite bounds one write of a batch. A server stops reading while its
	// responses are not read: if a write did not fit into the buffers in
	// between, both sides would wait for ever.
	maxWrite = 4096
	// maxAuthLine is the longest AUTH with an initial response (P26).
	maxAuthLine = 255
	// loginPatience and indexPatience are how many times Config.CommandTimeout
	// a server may take for a login, which some delay to slow down guessing, and
	// for what makes some read the whole maildrop (P36).
	loginPatience = 3
	indexPatience = 4
	// stallWindow and stallRate are how slowly a server may send what it has begun
	// to send: nothing for stallWindow, and no less than stallRate octets a second
	// in the long run. Sixty sessions at once pass on a line of 9,600 baud.
	stallWindow = time.Minute
	stallRate   = 15
	// attemptDelay is the head start of one address over the next (RFC 8305,
	// section 8).
	attemptDelay = 250 * time.Millisecond
)

// What a Transcript keeps.
const (
	transcriptLines = 200 // the newest
	transcriptWidth = 200 // characters of a line
)
