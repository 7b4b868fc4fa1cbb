package desktoptest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// owned returns the running processes that belong to this desktop: those
// whose environment names its private runtime folder. Panel plugins, services
// that the bus started and windows of the program under test live in process
// groups and sessions of their own; they are found by this, and nobody else's
// process ever is.
func (d *Desktop) owned() []*os.Process {
	mark := []byte("XDG_RUNTIME_DIR=" + filepath.Join(d.Dir, "run"))
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []*os.Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// The handle first: it stands for this very process, even when the
		// kernel gives its number to another one.
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		environment, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "environ"))
		if err != nil || !slices.ContainsFunc(bytes.Split(environment, []byte{0}), func(v []byte) bool { return bytes.Equal(v, mark) }) {
			_ = process.Release()
			continue
		}
		found = append(found, process)
	}
	return found
}

// Processes are the ids of this desktop's running processes of that program,
// given by its path.
func (d *Desktop) Processes(program string) []int {
	var ids []int
	for _, process := range d.owned() {
		if exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(process.Pid), "exe")); err == nil && exe == program {
			ids = append(ids, process.Pid)
		}
		_ = process.Release()
	}
	return ids
}

// Commands counts this desktop's running processes whose command line has
// this part.
func (d *Desktop) Commands(part string) int {
	n := 0
	for _, process := range d.owned() {
		command, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process.Pid), "cmdline"))
		if err == nil && bytes.Contains(command, []byte(part)) {
			n++
		}
		_ = process.Release()
	}
	return n
}

// kill ends this desktop's processes for which doomed is true; nil means all.
// It returns how many there were.
func (d *Desktop) kill(doomed func(command string) bool) int {
	n := 0
	for _, process := range d.owned() {
		command, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process.Pid), "cmdline"))
		if err == nil && len(command) > 0 && (doomed == nil || doomed(string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))) {
			_ = process.Kill()
			n++
		}
		_ = process.Release()
	}
	return n
}
