package secret

import (
	"context"
	"errors"
	"fmt"
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
	info, err := os.Stat(filepath.Join(c.folder, credentialPrefix+ref))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.Store.Get(ctx, ref)
	case err == nil && info.Size() > maxCredential:
		err = errors.New("it is too large")
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(filepath.Join(c.folder, credentialPrefix+ref)) // #nosec G304 -- the unit names the folder, and ref has no separator
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	line = strings.TrimSuffix(line, "\r")
	if err == nil && line == "" {
		err = errNothing
	}
	if err != nil {
		return "", fmt.Errorf("reading the credential %s%s: %w", credentialPrefix, ref, err)
	}
	return line, nil
}
