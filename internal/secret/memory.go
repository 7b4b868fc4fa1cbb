package secret

import (
	"context"
	"maps"
	"sync"
)

// memory is a Store for the demo and for tests; it is never locked.
type memory struct {
	mu       sync.Mutex
	secrets  map[string]string
	fallback string
}

// Memory returns a store that forgets everything at the end of the process.
func Memory(secrets map[string]string) Store {
	m := &memory{secrets: map[string]string{}}
	maps.Copy(m.secrets, secrets)
	return m
}

// MemoryWithDefault is Memory that answers fallback for every reference it
// does not have.
func MemoryWithDefault(fallback string) Store {
	return &memory{secrets: map[string]string{}, fallback: fallback}
}

func (m *memory) Get(_ context.Context, ref string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.secrets[ref]; ok {
		return s, nil
	}
	if m.fallback != "" {
		return m.fallback, nil
	}
	return "", ErrNotFound
}

func (m *memory) Set(_ context.Context, ref, secret string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secrets[ref] = secret
	return nil
}

func (m *memory) Delete(_ context.Context, ref string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.secrets, ref)
	return nil
}

func (m *memory) Unlock(context.Context) error { return nil }

func (m *memory) Unlocked() <-chan struct{} { return nil }

func (m *memory) Close() error { return nil }
