package desktoptest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Dovecot is a running mail server with POP3 on loopback.
type Dovecot struct {
	// POP3S takes TLS from the first byte, POP3 takes STLS or none.
	POP3S, POP3 int
	// CAFile is the authority of its certificate.
	CAFile string

	hosts    []string // of the certificate
	tokens   string   // where it asks about tokens; empty if it takes none
	dir      string
	uid, gid int
	next     int
}

// StartDovecot starts a mail server with these users and passwords, on ports
// of its own, as 127.0.0.1 and localhost.
func (d *Desktop) StartDovecot(ctx context.Context, users map[string]string) (*Dovecot, error) {
	s := &Dovecot{hosts: []string{"127.0.0.1", "localhost"}}
	var err error
	if s.POP3S, err = freePort(); err != nil {
		return nil, err
	}
	if s.POP3, err = freePort(); err != nil {
		return nil, err
	}
	return s, d.startDovecot(ctx, s, users)
}

// StartMailHost is StartDovecot on the ports that POP3 has, as these hosts.
func (d *Desktop) StartMailHost(ctx context.Context, users map[string]string, hosts ...string) (*Dovecot, error) {
	s := &Dovecot{hosts: hosts, POP3S: 995, POP3: 110}
	return s, d.startDovecot(ctx, s, users)
}

// StartTokenHost is StartMailHost for users without a password, who come with a
// token: about that it asks introspect, an address (RFC 7662) that knows them by
// their e-mail addresses.
func (d *Desktop) StartTokenHost(ctx context.Context, introspect string, users []string, hosts ...string) (*Dovecot, error) {
	s := &Dovecot{hosts: hosts, POP3S: 995, POP3: 110, tokens: introspect}
	none := map[string]string{}
	for _, u := range users {
		none[u] = ""
	}
	return s, d.startDovecot(ctx, s, none)
}

func (d *Desktop) startDovecot(ctx context.Context, s *Dovecot, users map[string]string) error {
	s.dir, s.CAFile = filepath.Join(d.Dir, "dovecot"), filepath.Join(d.Dir, "ca.pem")
	s.uid, s.gid = os.Getuid(), os.Getgid()
	internal := "dovecot"
	login := "dovenull"
	if s.uid == 0 {
		s.uid, s.gid = 65534, 65534 // Dovecot refuses mail of root
	} else {
		me, err := user.Current()
		if err != nil {
			return err
		}
		internal, login = me.Username, me.Username
	}
	for _, folder := range []string{s.dir, filepath.Join(s.dir, "mail"), filepath.Join(s.dir, "run")} {
		if err := os.MkdirAll(folder, 0o755); err != nil { // its processes are several users
			return err
		}
	}
	if err := s.certify(); err != nil {
		return err
	}
	for u, password := range users {
		if err := s.SetPassword(u, password); err != nil {
			return err
		}
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(s.dir, "mail", u, sub), 0o700); err != nil {
				return err
			}
		}
	}
	if err := s.own(filepath.Join(s.dir, "mail")); err != nil {
		return err
	}
	chroot := ""
	if os.Getuid() != 0 {
		chroot = "service anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n"
	}
	mechanisms, passwords := "plain login", fmt.Sprintf("driver = passwd-file\n  args = scheme=PLAIN %s/passwd", s.dir)
	if s.tokens != "" {
		mechanisms, passwords = "xoauth2 oauthbearer", fmt.Sprintf("driver = oauth2\n  args = %s/oauth2.conf", s.dir)
		tokens := "introspection_mode = post\nusername_attribute = email\nactive_attribute = active\nactive_value = true\nintrospection_url = " + s.tokens + "\n"
		if err := os.WriteFile(filepath.Join(s.dir, "oauth2.conf"), []byte(tokens), 0o644); err != nil { // read by those users
			return err
		}
	}
	configuration := fmt.Sprintf(`protocols = pop3
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
disable_plaintext_auth = no
auth_mechanisms = %[9]s
auth_verbose = yes
auth_failure_delay = 0
mail_location = maildir:%[1]s/mail/%%u
first_valid_uid = 1
default_internal_user = %[4]s
default_login_user = %[5]s
%[8]sservice pop3-login {
  chroot =
  inet_listener pop3 {
    address = 127.0.0.1
    port = %[2]d
  }
  inet_listener pop3s {
    address = 127.0.0.1
    port = %[3]d
    ssl = yes
  }
}
passdb {
  %[10]s
}
userdb {
  driver = static
  args = uid=%[6]d gid=%[7]d home=%[1]s/mail/%%u
}
`, s.dir, s.POP3, s.POP3S, internal, login, s.uid, s.gid, chroot, mechanisms, passwords)
	path := filepath.Join(s.dir, "dovecot.conf")
	if err := os.WriteFile(path, []byte(configuration), 0o644); err != nil { // read by those users
		return err
	}
	if _, err := d.start("dovecot", "-F", "-c", path); err != nil {
		return err
	}
	err := d.Await(ctx, "Dovecot", func() bool {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.POP3S)), time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, s.log())
	}
	return nil
}

// certify makes a certificate, and its authority.
func (s *Dovecot) certify() error {
	identity, err := popserver.NewIdentity(s.hosts...)
	if err != nil {
		return err
	}
	for path, content := range map[string][]byte{
		s.CAFile: identity.CA, filepath.Join(s.dir, "cert.pem"): identity.Cert, filepath.Join(s.dir, "key.pem"): identity.Key,
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Recertify gives the server another certificate.
func (d *Desktop) Recertify(ctx context.Context, s *Dovecot) error {
	if err := s.certify(); err != nil {
		return err
	}
	_, err := d.Output(ctx, "doveadm", "-c", filepath.Join(s.dir, "dovecot.conf"), "reload")
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// own gives a tree to the user that Dovecot reads mail as.
func (s *Dovecot) own(root string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, s.uid, s.gid)
	})
}

// SetPassword changes a user's password; the next login needs it.
func (s *Dovecot) SetPassword(user, password string) error {
	path := filepath.Join(s.dir, "passwd")
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	var lines strings.Builder
	for line := range strings.Lines(string(old)) {
		if !strings.HasPrefix(line, user+":") {
			lines.WriteString(line)
		}
	}
	fmt.Fprintf(&lines, "%s:%s\n", user, password)
	return os.WriteFile(path, []byte(lines.String()), 0o644)
}

// Send delivers a message that has just been written. header is one or more
// header lines, such as a Content-Type, each with its end; or none.
func (s *Dovecot) Send(user, from, subject, header, body string) error {
	now := time.Now()
	return s.Deliver(user, fmt.Appendf(nil, "From: %s\nTo: me@example.org\nSubject: %s\nDate: %s\nMessage-ID: <%d@example.org>\n%s\n%s\n",
		from, subject, now.Format(time.RFC1123Z), now.UnixNano(), header, body))
}

// Deliver puts a message into a user's Maildir, as a delivery agent does.
func (s *Dovecot) Deliver(user string, raw []byte) error {
	s.next++
	name := fmt.Sprintf("%d.M%06d.test", time.Now().Unix(), s.next)
	temp := filepath.Join(s.dir, "mail", user, "tmp", name)
	if err := os.WriteFile(temp, raw, 0o600); err != nil {
		return err
	}
	if err := s.own(temp); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(s.dir, "mail", user, "new", name))
}

// RemoveOldest takes the oldest message out of a user's Maildir, as another
// program that fetches and deletes does.
func (s *Dovecot) RemoveOldest(user string) error {
	oldest := ""
	for _, folder := range []string{"cur", "new"} {
		files, err := os.ReadDir(filepath.Join(s.dir, "mail", user, folder)) // sorted, and names begin with the time
		if err != nil {
			return err
		}
		if len(files) > 0 && (oldest == "" || files[0].Name() < filepath.Base(oldest)) {
			oldest = filepath.Join(folder, files[0].Name())
		}
	}
	return os.Remove(filepath.Join(s.dir, "mail", user, oldest))
}

func (s *Dovecot) log() string {
	b, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

var failedAttempts = regexp.MustCompile(`auth failed, (\d+) attempts`)

// Logins counts those that succeeded; Refused counts attempts that did not.
func (s *Dovecot) Logins() int { return strings.Count(s.log(), "pop3-login: Info: Login: user=") }

// Left counts the sessions that ended before anybody tried to log in, such as
// those whose certificate was not trusted.
func (s *Dovecot) Left() int { return strings.Count(s.log(), "(no auth attempts") }

// Refused counts the login attempts that were refused, once their sessions
// have ended.
func (s *Dovecot) Refused() int {
	n := 0
	for _, m := range failedAttempts.FindAllStringSubmatch(s.log(), -1) {
		attempts, _ := strconv.Atoi(m[1])
		n += attempts
	}
	return n
}
