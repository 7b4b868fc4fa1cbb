package main

import (
	"bufio"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/tokens"
)

// Where the browser is on another computer, the address at which it ends is
// pasted into the terminal, which does not show it.
func TestLoginByPasting(t *testing.T) {
	d := newDesk(t)
	t.Setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
	human, program := openTerminal(t)
	e := &env{loc: locale.New("en"), stdin: program, stdout: program, stderr: program, terminal: terminalOf(program, program), keyring: d.keyring}
	ended := make(chan int)
	go func() { ended <- e.run(t.Context(), append([]string{"--home", d.home}, d.adding()...)) }()

	screen := bufio.NewReader(human)
	var shown strings.Builder
	until := func(want string) {
		t.Helper()
		from := shown.Len()
		for !strings.Contains(shown.String()[from:], want) {
			b, err := screen.ReadByte()
			if err != nil {
				t.Fatalf("waiting for %q: %v\n%s", want, err, shown.String())
			}
			shown.WriteByte(b)
		}
	}
	typed := func(s string) {
		t.Helper()
		await(t, func() bool { return !echoes(t, program) })
		if _, err := human.WriteString(s + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	until("(Enter if it has none): ")
	typed("")
	until("go to this address:\r\n\r\n")
	until("\r\n")
	lines := strings.Split(strings.TrimSpace(shown.String()), "\r\n")
	address := lines[len(lines)-1]
	until("(it is not shown): ")
	typed("http://127.0.0.1:1/?state=foreign&code=x")
	until("not the address at which this sign-in ends")
	until("(it is not shown): ")
	last := oauthtest.Redirected(address)
	if !strings.Contains(last, "code=") {
		t.Fatalf("the browser ends at %q", last)
	}
	typed(last)
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d\n%s", code, shown.String())
	}
	if !echoes(t, program) {
		t.Error("what is typed stays hidden")
	}
	accounts := strings.Fields(d.must("account", "list"))
	grant, err := d.keyring.Get(t.Context(), accounts[0])
	if err != nil || !tokens.IsGrant(grant) {
		t.Errorf("the keyring has nothing: %v", err)
	}
	_, code, _ := strings.Cut(last, "code=")
	code, _, _ = strings.Cut(code, "&")
	if strings.Contains(shown.String(), code) {
		t.Error("the code is on the screen")
	}
	d.nothingOf(code)
}
