package api

import "time"

// UndoTime is how long a deletion waits before it begins, so that the user can
// take it back.
const UndoTime = 10 * time.Second

// MaxDeletion is how many messages one deletion may name, so that what was shown
// of them crosses the local socket.
const MaxDeletion = 5000

const (
	// DeleteLater deletes messages as Delete does, those of an account in one
	// session, once UndoTime has passed, and answers then. Whatever ends within
	// that time deletes nothing: the request, the connection that it came by, and
	// the process that answers it, which has it in memory alone.
	DeleteLater Verb[DeletionRequest, []Deletion] = "delete.later"
	// DeleteNow has a deletion begin that waits, and Undo takes it back. Both say
	// whether it still waited.
	DeleteNow Verb[DeletionRef, bool] = "delete.now"
	Undo      Verb[DeletionRef, bool] = "delete.undo"
)

// DeletionRequest asks for a deletion under a name that the caller makes up,
// which nobody else has. There is one DeleteRequest for an account.
type DeletionRequest struct {
	DeletionRef
	Requests []DeleteRequest `json:"requests"`
}

// DeletionRef names a deletion.
type DeletionRef struct {
	Name string `json:"name"`
}

// Deletion is what became of the messages of one account.
type Deletion struct {
	Account string `json:"account"`
	// UIDs are those that were deleted.
	UIDs []string `json:"uids,omitempty"`
	// Problem is why none was, or why nobody knows (CodeUnconfirmed).
	Problem *Problem `json:"problem,omitempty"`
}
