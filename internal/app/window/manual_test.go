//go:build cgo && !nowindow

package window

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/app/ipc"
	"github.com/traymail/traymail/internal/locale"
)

func TestMain(m *testing.M) {
	which := os.Getenv("TRAYMAIL_WINDOW")
	if which == "" {
		os.Exit(m.Run())
	}
	f := newFake()
	f.report = app.TestReport{OK: true, Messages: 3, Steps: []app.TestStep{{Name: "connect", OK: true, Text: "ok"}}}
	if !strings.Contains(which, "empty") {
		f.accounts, f.snapshot, f.mails = pictureAccounts, pictureSnapshot(), pictureMails()
	}
	f.message = app.FullMessage{To: "Lena Brandt <lena@example.org>", Text: strings.Repeat(pictureText+"\n", 1), Attachments: []string{"garden.jpg", "菜单.pdf"}}
	if strings.Contains(which, "long") {
		f.message.Text = strings.Repeat(pictureText+"\n", 400)
	}
	o := Options{Client: f, Secrets: keyring{f}, Locale: locale.New(os.Getenv("L")), Open: ipc.OpenRequest{Window: ipc.WindowSettings}}
	if strings.Contains(which, "mailbox") {
		o.Open.Window = ipc.WindowMailbox
	}
	began := time.Now()
	err := Run(context.Background(), o)
	fmt.Println("ended after", time.Since(began), err)
	fmt.Println(strings.Join(f.calls(), "\n"))
	fmt.Printf("%+v\n", f.saved)
}
