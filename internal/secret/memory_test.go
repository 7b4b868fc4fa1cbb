package secret

import (
	"errors"
	"testing"
)

func TestMemory(t *testing.T) {
	initial := map[string]string{"a": "one"}
	s := Memory(initial)
	initial["a"] = "changed outside"
	if got, err := s.Get(t.Context(), "a"); got != "one" || err != nil {
		t.Errorf("a: %q, %v", got, err)
	}
	if _, err := s.Get(t.Context(), "b"); !errors.Is(err, ErrNotFound) {
		t.Errorf("b: %v", err)
	}
	if err := s.Set(t.Context(), "b", "two"); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Delete(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a after Delete: %v", err)
	}
	if got, err := s.Get(t.Context(), "b"); got != "two" || err != nil {
		t.Errorf("b: %q, %v", got, err)
	}
}

func TestMemoryWithDefault(t *testing.T) {
	s := MemoryWithDefault("demo")
	if err := s.Set(t.Context(), "a", "one"); err != nil {
		t.Error(err)
	}
	for ref, want := range map[string]string{"a": "one", "b": "demo"} {
		if got, err := s.Get(t.Context(), ref); got != want || err != nil {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
}
