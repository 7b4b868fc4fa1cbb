package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestFollowSleep(t *testing.T) {
	end := errors.New("end")
	slept := []time.Duration{0, 0, time.Hour, time.Hour + time.Millisecond, 2 * time.Hour}
	jumps, woken := 0, []int{}
	err := followSleep(func() error {
		if jumps++; jumps == len(slept) {
			return end
		}
		return nil
	}, func() (time.Duration, error) { return slept[jumps], nil }, func() { woken = append(woken, jumps) })
	if !errors.Is(err, end) || len(woken) != 2 || woken[0] != 2 || woken[1] != 4 {
		t.Errorf("woken at %v, %v", woken, err)
	}
}

// The kernel's timer waits without an end of its own, and ends with ctx.
func TestWatchSleepEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- watchSleep(ctx, func() { t.Log("the clock says that this computer has slept") }) }()
	select {
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it does not end")
	}
}

func TestRouted(t *testing.T) {
	const (
		head4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		lan   = "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		out   = "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		none6 = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		out6  = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
	)
	dir := t.TempDir()
	v4, v6 := filepath.Join(dir, "route"), filepath.Join(dir, "ipv6_route")
	if !routed(v4, v6) {
		t.Error("unreadable tables say that there is no network")
	}
	for _, test := range []struct {
		four, six string
		want      bool
	}{
		{head4, "", false},
		{head4 + lan, none6, false},
		{head4 + lan + out, none6, true},
		{head4, none6 + out6, true},
		{"\n\x00\neth0 00000000\n", "x\n", false},
	} {
		if err := errors.Join(os.WriteFile(v4, []byte(test.four), 0o600), os.WriteFile(v6, []byte(test.six), 0o600)); err != nil {
			t.Fatal(err)
		}
		if got := routed(v4, v6); got != test.want {
			t.Errorf("%q %q: %v", test.four, test.six, got)
		}
	}
}
