package keyring

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gokeyring "github.com/zalando/go-keyring"
)

// Windows refuses more than 2,560 bytes and macOS about 2,900, so a longer
// secret is kept in parts, and a header under its own reference says where
// they are. There are two slots for parts: a new secret goes to the one that
// is not in use, and the header is written last. So at any moment either the
// old secret or the new one is whole.
const (
	partSize = 2000 // bytes
	maxParts = 1000
	partMark = "traymail-parts"
)

var slots = []string{"a", "b"}

var errDamaged = errors.New("the parts of a secret are damaged")

func partRef(ref, slot string, i int) string { return fmt.Sprintf("%s/%s/%d", ref, slot, i) }

// header is "traymail-parts:SLOT:PARTS:SHA256".
func header(slot string, parts int, value string) string {
	return fmt.Sprintf("%s:%s:%d:%x", partMark, slot, parts, sha256.Sum256([]byte(value)))
}

// parseHeader returns slot "" for what is a secret itself.
func parseHeader(s string) (slot string, parts int, err error) {
	fields := strings.Split(s, ":")
	if fields[0] != partMark {
		return "", 0, nil
	}
	if len(fields) != 4 {
		return "", 0, errDamaged
	}
	parts, err = strconv.Atoi(fields[2])
	if err != nil || parts < 1 || parts > maxParts {
		return "", 0, errDamaged
	}
	return fields[1], parts, nil
}

func (s *store) read(ref string) (string, error) {
	value, err := s.backend.Get(service, ref)
	if err != nil {
		return "", err
	}
	slot, parts, err := parseHeader(value)
	if err != nil {
		return "", err
	}
	if slot == "" {
		return value, nil
	}
	var b strings.Builder
	for i := range parts {
		part, err := s.backend.Get(service, partRef(ref, slot, i))
		if errors.Is(err, gokeyring.ErrNotFound) {
			return "", errDamaged
		} else if err != nil {
			return "", err
		}
		b.WriteString(part)
	}
	if header(slot, parts, b.String()) != value {
		return "", errDamaged
	}
	return b.String(), nil
}

// write reads all of it back: a dismissed prompt returns no error (D3).
func (s *store) write(ref, value string) error {
	if len(value) > maxParts*partSize {
		return errors.New("the secret is too long")
	}
	old, err := s.backend.Get(service, ref)
	if err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return err
	}
	slot := ""
	head := value
	if len(value) > partSize || strings.HasPrefix(value, partMark) {
		slot = slots[0]
		if used, _, _ := parseHeader(old); used == slot {
			slot = slots[1]
		}
		if err := s.sweep(ref, slot); err != nil {
			return err
		}
		parts := 0
		for rest := value; len(rest) > 0; parts++ {
			n := min(partSize, len(rest))
			if err := s.backend.Set(service, partRef(ref, slot, parts), rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		head = header(slot, parts, value)
	}
	if err := s.backend.Set(service, ref, head); err != nil {
		return err
	}
	got, err := s.read(ref)
	if err != nil {
		return err
	}
	if got != value {
		return errors.New("the secret was not kept")
	}
	for _, other := range slots {
		if other != slot {
			if err := s.sweep(ref, other); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove deletes a secret's parts, what a crash left of others, and last the
// secret, so that a crash here leaves something to remove again.
func (s *store) remove(ref string) error {
	for _, slot := range slots {
		if err := s.sweep(ref, slot); err != nil {
			return err
		}
	}
	return s.delete(ref)
}

// sweep empties a slot, from its end, so that a crash leaves no gap at which
// the next sweep would stop.
func (s *store) sweep(ref, slot string) error {
	parts := 0
	for ; parts < maxParts; parts++ {
		_, err := s.backend.Get(service, partRef(ref, slot, parts))
		if errors.Is(err, gokeyring.ErrNotFound) {
			break
		} else if err != nil {
			return err
		}
	}
	for i := parts - 1; i >= 0; i-- {
		if err := s.delete(partRef(ref, slot, i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) delete(ref string) error {
	err := s.backend.Delete(service, ref)
	if errors.Is(err, gokeyring.ErrNotFound) {
		return nil
	}
	return err
}
