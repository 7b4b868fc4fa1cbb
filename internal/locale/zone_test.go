//go:build !windows

package locale

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A time zone that is set while the program runs is the one of the next look; a
// moment without one changes nothing, nor does what is no time zone.
func TestTimeZoneChanges(t *testing.T) {
	if value, set := os.LookupEnv("TZ"); set {
		t.Setenv("TZ", value) // back at the end
		_ = os.Unsetenv("TZ")
	}
	const zones = "/usr/share/zoneinfo"
	if _, err := os.Stat(zones); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "localtime")
	followed(t, "C")
	surroundings.zone.path = path
	link := func(name string) {
		t.Helper()
		_ = os.Remove(path)
		if err := os.Symlink(name, path); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC)
	offset := func() int {
		t.Helper()
		surroundings.asked = time.Time{}
		_, seconds := here(at.In(time.Local)).Zone()
		return seconds / 3600
	}
	link(zones + "/UTC")
	_, began := at.In(time.Local).Zone()
	if got := offset(); got != began/3600 {
		t.Errorf("at first %d", got)
	}
	for _, step := range []struct {
		name string
		want int
	}{{"Europe/Berlin", 2}, {"Asia/Shanghai", 8}} {
		link(filepath.Join(zones, step.name))
		if got := offset(); got != step.want {
			t.Errorf("%s: %d", step.name, got)
		}
	}
	c := New("en")
	if got := c.Time(at, at.Add(time.Hour).In(time.Local)); got != "07:30" {
		t.Errorf("in Shanghai it is %s", got)
	}
	if got := c.Moment(at, at.Add(-12*time.Hour).In(time.Local)); got != "Thu, Jul 2, 2026, 07:30" {
		t.Errorf("after midnight in Shanghai it is %s", got)
	}
	if _, seconds := Now().Zone(); seconds != 8*3600 {
		t.Errorf("now is %d s east", seconds)
	}
	_ = os.Remove(path)
	if got := offset(); got != 8 {
		t.Errorf("without a zone: %d", got)
	}
	if err := os.WriteFile(path, []byte("no zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := offset(); got != 8 {
		t.Errorf("with a broken one: %d", got)
	}
}
