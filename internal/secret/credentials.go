package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// credentialPrefix begins the names of our credentials of systemd; the ID of an
// account follows.
const credentialPrefix = "traymail."

// maxCredential bounds a credential, in octets.
const maxCredential = 64 << 10

// credentials is a Store that looks among the credentials of a unit of systemd
// first, of which nothing is ever written.
type credentials struct {
	Store
	folder string
}

// WithCredentials puts the files traymail.ID of a folder, as systemd.exec(5) has
// them in $CREDENTIALS_DIRECTORY, before a store. Without a folder it is that.
func WithCredentials(folder string, store Store) Store {
	if folder == "" {
		return store
	}
	return credentials{store, folder}
}

// HasCredential says whether the folder has one for an account.
func HasCredential(folder, ref string) bool {
	if folder == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(folder, credentialPrefix+ref))
	return err == nil
}

// Get implements Store. It is the first line of the file.
func (c credentials) Get(ctx context.Context, ref string) (string, error) {
	if strings.ContainsAny(ref, `/\`) {
		return c.Store.Get(ctx, ref)
	}
	path := filepath.Join(c.folder, credentialPrefix+ref)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.Store.Get(ctx, ref)
	case err == nil && !info.Mode().IsRegular(): // one might be waited for, or have no end
		err = errors.New("it is no file")
	case err == nil && info.Size() > maxCredential:
		err = errors.New("it is too large")
	}
	var raw []byte
	if err == nil {
		raw, err = readCredential(path)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	line = strings.TrimSuffix(line, "\r")
	if err == nil && line == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("reading the credential %s%s: %w", credentialPrefix, ref, err)
	}
	return line, nil
}

func readCredential(path string) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- the unit names the folder, and the reference has no separator
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxCredential))
}
