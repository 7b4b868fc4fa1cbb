package platform

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// crashVariable makes the test binary crash: how, and the folder.
const crashVariable = "TRAYMAIL_PLATFORM_TEST_CRASH"

const crashSecret = "hunter2-very-secret"

// crashes are ways to end.
var crashes = map[string]func(secret string){
	"value": func(secret string) { panic(secret) },
	"error": func(secret string) {
		panic(fmt.Errorf("login:\ngoroutine 1 [%s]:\nmain.%s()\n\t/%s.go:1", secret, secret, secret))
	},
	"typed":   func(secret string) { panic([1]string{secret}) },
	"runtime": func(secret string) { _ = secret[len(secret)+runtime.NumCPU()] },
	"nil":     func(string) { *(*int)(nil) = 1 },
	"again": func(secret string) {
		defer func() { panic(fmt.Sprint(recover(), " ", secret)) }()
		_ = 1 / (len(secret) - len(crashSecret))
	},
	"stack": func(secret string) { fmt.Println(endless(secret)) },
	"map": func(string) {
		m := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					m[i%100] = i
				}
			}()
		}
		select {}
	},
}

func endless(s string) int {
	if s == "" {
		return 0
	}
	return endless(s) + len(s)
}

func init() {
	children[crashVariable] = func(value string) {
		how, dir, _ := strings.Cut(value, ":")
		if err := CatchCrashes(dir); err != nil {
			fmt.Println(err)
			return
		}
		go crashes[how](crashSecret)
		select {}
	}
}

// A report says where, whatever the cause, and nothing that came from outside.
func TestCrashReports(t *testing.T) {
	wants := map[string]string{
		"value": "panic: (its value is left out)\n", "error": "panic: (its value is left out)\n", "typed": "panic: (its value is left out)\n",
		"runtime": "panic: runtime error: index out of range", "nil": "panic: runtime error: invalid memory address",
		"again": "panic: runtime error: integer divide by zero\n", "stack": "platform.endless\n", "map": "maps.fatal\n",
	}
	for how := range crashes {
		t.Run(how, func(t *testing.T) {
			dir := folder(t)
			cmd := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
			cmd.Env = append(os.Environ(), crashVariable+"="+how+":"+dir)
			var exit *exec.ExitError
			if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) {
				t.Fatalf("%v, %s", err, out)
			}
			report, err := CollectCrash(dir, "traymail 1.2.3")
			if err != nil || report == "" {
				t.Fatalf("%q, %v", report, err)
			}
			text := content(report)
			for _, want := range []string{"traymail 1.2.3, 20", wants[how], "internal/platform.", "crash_test.go:", "\ngoroutine "} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, "hunter2") || regexp.MustCompile(`0x[0-9a-f]`).MatchString(strings.Join(regexp.MustCompile(`(?m)^\[signal.*$`).Split(text, -1), "")) {
				t.Errorf("more than where:\n%s", text)
			}
			if reports := CrashReports(dir); len(reports) != 1 || reports[0].Path != report || time.Since(reports[0].When) > time.Hour {
				t.Errorf("%+v", reports)
			}
			if again, err := CollectCrash(dir, ""); again != "" || err != nil {
				t.Errorf("a second time: %q, %v", again, err)
			}
		})
	}
}

// Each crash counts, and only the newest reports are kept.
func TestCrashReportsAreBounded(t *testing.T) {
	dir := folder(t)
	if report, err := CollectCrash(dir, ""); report != "" || err != nil {
		t.Errorf("without a crash: %q, %v", report, err)
	}
	var last string
	for range maxReports + 2 {
		if err := os.WriteFile(filepath.Join(dir, rawCrash), []byte("fatal error: x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := CollectCrash(dir, "")
		if err != nil || report == last {
			t.Fatalf("%q, %v", report, err)
		}
		last = report
	}
	if reports := CrashReports(dir); len(reports) != maxReports || reports[0].Path != last {
		t.Errorf("%+v", reports)
	}
	if err := os.WriteFile(filepath.Join(dir, "crash-notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if reports := CrashReports(dir); len(reports) != maxReports {
		t.Errorf("%+v", reports)
	}
}
