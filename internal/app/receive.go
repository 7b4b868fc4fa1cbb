package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/traymail/traymail/internal/api"
)

// receiver writes a message to a file as it comes; nil writes nowhere.
type receiver struct {
	path string
	file *os.File
	tell func(octets int64)
	n    int64
	told int64
	err  error
}

// tellEvery is after how many octets it is told again how far a message is.
const tellEvery = 64 << 10

func newReceiver(ctx context.Context, r api.FetchRequest) (*receiver, error) {
	switch {
	case r.Into == "":
		return nil, nil
	case !r.Whole || !filepath.IsAbs(r.Into):
		return nil, errors.New("only a whole message can be written, and to an absolute path")
	}
	f, err := os.OpenFile(r.Into, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- of the same user
	if err != nil {
		return nil, notStored(err)
	}
	received := api.ReceivedOf(ctx)
	return &receiver{path: r.Into, file: f, tell: func(octets int64) {
		received(api.Received{Account: r.Account, UID: r.UID, Octets: octets})
	}}, nil
}

// notStored is an error of a disk, which is none of the server's.
func notStored(err error) error {
	p := api.Problem{Kind: api.KindConfig, Code: api.CodeNotStored, Args: api.Args{api.ArgReason: err.Error()}}
	if pathError, ok := errors.AsType[*os.PathError](err); ok {
		p.Args[api.ArgReason] = pathError.Err.Error() // the path says nothing to anybody
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		p.Args[api.ArgReason] = syscall.ENOSPC.Error()
	}
	return &api.ProblemError{Problem: p, Err: err}
}

// begin begins anew: a session may have been broken off.
func (r *receiver) begin() error {
	if r == nil {
		return nil
	}
	r.n, r.told = 0, 0
	_, err := r.file.Seek(0, io.SeekStart)
	if err = errors.Join(err, r.file.Truncate(0)); err != nil {
		return notStored(err)
	}
	return nil
}

// writer is r, or nil.
func (r *receiver) writer() io.Writer {
	if r == nil {
		return nil
	}
	return r
}

func (r *receiver) Write(p []byte) (int, error) {
	n, err := r.file.Write(p)
	if r.n += int64(n); r.n-r.told >= tellEvery {
		r.told = r.n
		r.tell(r.n)
	}
	if err != nil {
		r.err = notStored(err)
		return n, r.err
	}
	return n, nil
}

// end closes the file, and removes it after an error, of which that of the disk
// comes first.
func (r *receiver) end(err error) error {
	if r == nil {
		return err
	}
	if failed := r.file.Close(); err == nil && failed != nil {
		err = notStored(failed)
	}
	if r.err != nil {
		err = r.err
	}
	if err != nil {
		_ = os.Remove(r.path)
	}
	return err
}
