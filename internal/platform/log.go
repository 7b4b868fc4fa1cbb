package platform

import (
	"os"
	"sync"
)

// maxLog is the size in octets at which a log begins anew.
const maxLog = 1 << 20

// Log is a log file of bounded size, to which several processes may write at
// the same time. It is safe for concurrent use.
type Log struct {
	path string
	mu   sync.Mutex
	f    *os.File
}

// OpenLog opens the log at path to write at its end. Whenever it has become
// too long, it is kept as path.old, in place of the one before.
func OpenLog(path string) (*Log, error) {
	f, err := openLogFile(path)
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, f: f}
	l.bound()
	return l, nil
}

// Write implements io.Writer. What is written at once stays together.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bound()
	return l.f.Write(p)
}

// Close implements io.Closer.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}

// bound begins the log anew if it is too long, or follows another process that
// has. Where that fails, the log is written on.
func (l *Log) bound() {
	if l.moved() {
		l.reopen()
		return
	}
	info, err := l.f.Stat()
	if err != nil || info.Size() <= maxLog {
		return
	}
	// Whoever else would do it now would put the new log in place of the old.
	unlock, err := Lock(l.path + ".lock")
	if err != nil {
		return
	}
	defer unlock()
	if l.moved() {
		l.reopen()
	} else if os.Rename(l.path, l.path+".old") == nil {
		l.reopen()
	} else if info.Size() > 2*maxLog {
		_ = os.Truncate(l.path, 0) // better none than one without bounds
	}
}

// moved says whether the file that is open is no longer the one at path.
func (l *Log) moved() bool {
	ours, err := l.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.path)
	return os.IsNotExist(err) || err == nil && !os.SameFile(ours, there)
}

func (l *Log) reopen() {
	f, err := openLogFile(l.path)
	if err != nil {
		return
	}
	_ = l.f.Close()
	l.f = f
}
