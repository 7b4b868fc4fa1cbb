//go:build servers

package servertest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// server is one that runs, with an empty maildrop of user.
type server struct {
	// ports are those of the securities it offers.
	ports map[pop3.Security]int
	id    *popserver.Identity
	// deliver adds a message with LF line ends to the maildrop.
	deliver func(raw []byte)
	// mechanisms are the ways to log in that it offers under TLS, or in clear
	// where it has no TLS. They are tried, all of them.
	mechanisms []string
	// foreign are further mechanisms on offer, which traymail does not have.
	foreign []string
	// token is for OAuth, certificate for EXTERNAL.
	token       string
	certificate tls.Certificate
	// apopUser has a password for APOP, where that is not user, and reads the
	// same maildrop.
	apopUser string
	// curlUser is whom curl has to be, if not user: it uses APOP where the
	// greeting has a timestamp, and nothing else.
	curlUser string
	// doublesBlank: TOP has another blank line after the headers.
	doublesBlank bool
	// losesBatch: what comes with the login is lost.
	losesBatch bool
	// utf8: it has UTF8 (RFC 6856).
	utf8 bool
}

// servers are what can be started.
var servers = map[string]func(*testing.T) *server{
	"Dovecot":   dovecot,
	"Courier":   courier,
	"Cyrus":     cyrus,
	"Mailutils": mailutils,
	"popa3d":    popa3d,
}

func dovecot(t *testing.T) *server { return dovecotWith(t, "") }

// dovecotWith is Dovecot that asks about tokens as tokens says, its settings for
// OAuth 2; empty: it knows them by a key of its own.
func dovecotWith(t *testing.T, tokens string) *server {
	dir := t.TempDir()
	r := &root{dir: dir, t: t}
	s := &server{
		ports:      map[pop3.Security]int{pop3.ImplicitTLS: freePort(t), pop3.STLS: freePort(t)},
		id:         r.identity(),
		mechanisms: []string{"USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "EXTERNAL", "XOAUTH2", "OAUTHBEARER"},
		foreign:    []string{"DIGEST-MD5"},
	}
	s.ports[pop3.Cleartext] = s.ports[pop3.STLS]
	for path := dir; path != "/tmp" && path != "/"; path = filepath.Dir(path) {
		_ = os.Chmod(path, 0o755) // its processes are several users
	}
	s.deliver = r.maildir("mail")
	r.write("passwd", user+":"+password+"\n")
	secret := []byte("a secret of the test for tokens, long enough")
	r.write("keys/default/hs256/default", base64.StdEncoding.EncodeToString(secret))
	r.write("keys/default/HS256/default", base64.StdEncoding.EncodeToString(secret))
	s.token = token(secret)
	client, err := popserver.NewIdentity(user)
	if err != nil {
		t.Fatal(err)
	}
	s.certificate = client.Certificate
	r.write("etc/tls/clients.pem", string(client.CA))
	if tokens == "" {
		tokens = fmt.Sprintf("introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=%s/keys/\nusername_attribute = sub\n", dir)
	}
	r.write("oauth2.conf", tokens)
	r.write("dovecot.conf", fmt.Sprintf(`protocols = pop3
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
ssl = yes
ssl_cert = <%[1]s/etc/tls/cert.pem
ssl_key = <%[1]s/etc/tls/key.pem
ssl_ca = <%[1]s/etc/tls/clients.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 digest-md5 apop scram-sha-1 scram-sha-256 external xoauth2 oauthbearer
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:%[1]s/mail
first_valid_uid = 1
pop3_uidl_format = %%08Xu%%08Xv
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service pop3-login {
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
  driver = passwd-file
  mechanisms = plain login cram-md5 digest-md5 apop scram-sha-1 scram-sha-256
  args = scheme=PLAIN %[1]s/passwd
}
passdb {
  driver = static
  mechanisms = external
  args = nopassword=y
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %[1]s/oauth2.conf
}
userdb {
  driver = static
  args = uid=%[4]d gid=%[4]d home=%[1]s
}
`, dir, s.ports[pop3.STLS], s.ports[pop3.ImplicitTLS], mailUID))
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "log")); t.Failed() && err == nil {
			t.Logf("Dovecot says:\n%s", log)
		}
	})
	r.start(func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "dovecot", "-F", "-c", filepath.Join(dir, "dovecot.conf"))
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 20 * time.Second
		return cmd
	})
	r.await(s.ports[pop3.STLS], s.ports[pop3.ImplicitTLS])
	return s
}

// token is a JSON Web Token for the user (RFC 7519).
func token(secret []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." +
		encode(fmt.Appendf(nil, `{"sub":%q,"iat":%d,"exp":%d}`, user, time.Now().Unix()-60, time.Now().Unix()+3600))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

func courier(t *testing.T) *server {
	r := newRoot(t, "courier")
	s := &server{
		ports:      map[pop3.Security]int{pop3.ImplicitTLS: freePort(t), pop3.STLS: freePort(t)},
		id:         r.identity(),
		mechanisms: []string{"USER", "PLAIN", "LOGIN", "CRAM-MD5"},
		foreign:    []string{"CRAM-SHA1", "CRAM-SHA256"},
		losesBatch: true,
		utf8:       true,
	}
	s.ports[pop3.Cleartext] = s.ports[pop3.STLS]
	s.deliver = r.maildir("home/me/Maildir")
	r.folders(mailUID, "home/me")
	r.folders(4243, "run/courier", "run/courier/authdaemon", "var/lib/courier")
	r.write("etc/courier/authdaemonrc", `authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=1
DEFAULTOPTIONS=""
LOGGEROPTS=""
`)
	r.run(fmt.Sprintf("%s\tuid=%d|gid=%[2]d|home=/home/me|_=\n.\n", user, mailUID), "/usr/lib/courier/courier-authlib/makedatprog", "-", "/etc/courier/userdb.tmp", "/etc/courier/userdb.dat")
	secrets := "pop3pw=" + r.crypt() + "|hmac-md5pw=" + r.run(password+"\n", "/usr/sbin/userdbpw", "-hmac-md5")
	r.run(user+"\t"+secrets+"\n.\n", "/usr/lib/courier/courier-authlib/makedatprog", "-", "/etc/courier/userdbshadow.tmp", "/etc/courier/userdbshadow.dat")
	r.own("etc/courier", 4243)
	r.own("etc/tls", 4243)
	r.start(func(ctx context.Context) *exec.Cmd {
		return r.command(ctx, "/usr/lib/courier/courier-authlib/authdaemond")
	})
	environment := []string{
		"POP3AUTH=PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256", "POP3AUTH_TLS=PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256", "POP3_PROXY=0",
		"COURIERTLS=/usr/bin/couriertls", "TLS_CERTFILE=/etc/tls/both.pem", "TLS_VERIFYPEER=NONE", "MAILDIRPATH=Maildir", "SHELL=/bin/sh", "TLS_PROTOCOL=TLS1.2++",
	}
	login := []string{"/usr/lib/courier/courier/courierpop3login", "/usr/lib/courier/courier/courierpop3d", "Maildir"}
	tcpd := func(port int, environment, program []string) {
		r.start(func(ctx context.Context) *exec.Cmd {
			cmd := r.command(ctx, "/usr/sbin/couriertcpd", append([]string{"-address=127.0.0.1", "-maxprocs=40", "-maxperip=40", "-nodnslookup", "-noidentlookup", fmt.Sprint(port)}, program...)...)
			cmd.Env = append(cmd.Env, environment...)
			return cmd
		})
	}
	tcpd(s.ports[pop3.STLS], append(environment, "POP3_STARTTLS=YES"), login)
	tcpd(s.ports[pop3.ImplicitTLS], append(environment, "POP3_TLS=1", "POP3_STARTTLS=NO"), append([]string{"/usr/bin/couriertls", "-server", "-tcpd", "-user=courier"}, login...))
	r.await(s.ports[pop3.STLS], s.ports[pop3.ImplicitTLS])
	return s
}

func cyrus(t *testing.T) *server {
	r := newRoot(t, "cyrus")
	s := &server{
		ports:      map[pop3.Security]int{pop3.ImplicitTLS: freePort(t), pop3.STLS: freePort(t)},
		id:         r.identity(),
		mechanisms: []string{"USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"},
		// Its -PLUS is none of RFC 9266.
		foreign: []string{"DIGEST-MD5", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"},
	}
	s.ports[pop3.Cleartext] = s.ports[pop3.STLS]
	r.folders(4244, "var/lib/cyrus", "var/lib/cyrus/db", "var/lib/cyrus/user", "var/lib/cyrus/quota", "var/lib/cyrus/log", "var/lib/cyrus/msg", "var/lib/cyrus/socket", "var/spool/cyrus", "var/spool/cyrus/mail", "run/cyrus", "run/cyrus/socket", "run/cyrus/proc", "run/cyrus/lock")
	r.own("etc/tls", 4244)
	r.write("etc/imapd.conf", `configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
allowplaintext: yes
allowapop: yes
autocreate_quota: 0
autocreate_post: yes
popminpoll: 0
failedloginpause: 0
servername: localhost
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
tls_server_cert: /etc/tls/cert.pem
tls_server_key: /etc/tls/key.pem
lmtpsocket: /run/cyrus/socket/lmtp
syslog_prefix: cyrus
`)
	r.write("etc/cyrus.conf", fmt.Sprintf(`START {
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}
SERVICES {
  pop3 cmd="/usr/lib/cyrus/bin/pop3d -U 30" listen="127.0.0.1:%d" prefork=0
  pop3s cmd="/usr/lib/cyrus/bin/pop3d -s -U 30" listen="127.0.0.1:%d" prefork=0
  lmtpunix cmd="/usr/lib/cyrus/bin/lmtpd" listen="/run/cyrus/socket/lmtp" prefork=0
}
`, s.ports[pop3.STLS], s.ports[pop3.ImplicitTLS]))
	r.run(password, "/usr/sbin/saslpasswd2", "-p", "-c", "-u", "localhost", user)
	r.own("etc/sasldb2", 4244)
	r.start(func(ctx context.Context) *exec.Cmd {
		cmd := r.command(ctx, "/usr/lib/cyrus/bin/master", "-D", "-p", "/run/master.pid")
		cmd.Env = append(cmd.Env, "CYRUS_VERBOSE=1")
		return cmd
	})
	r.await(s.ports[pop3.STLS], s.ports[pop3.ImplicitTLS])
	s.deliver = func(raw []byte) {
		if err := lmtp(filepath.Join(r.dir, "run/cyrus/socket/lmtp"), raw); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// lmtp delivers a message as a mail server does (RFC 2033).
func lmtp(socket string, raw []byte) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	c := textproto.NewConn(conn)
	if _, _, err := c.ReadResponse(220); err != nil {
		return err
	}
	for _, line := range []string{"LHLO localhost", "MAIL FROM:<sender@example.org>", "RCPT TO:<" + user + ">"} {
		if err := c.PrintfLine("%s", line); err != nil {
			return err
		}
		if _, _, err := c.ReadResponse(250); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	if err := c.PrintfLine("DATA"); err != nil {
		return err
	}
	if _, _, err := c.ReadResponse(354); err != nil {
		return err
	}
	w := c.DotWriter()
	if _, err := w.Write(raw); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, _, err = c.ReadResponse(250)
	return err
}

func mailutils(t *testing.T) *server {
	r := newRoot(t, "mailutils")
	s := &server{id: r.identity(), mechanisms: []string{"USER", "APOP"}, apopUser: "you", curlUser: "you", doublesBlank: true}
	s.deliver = r.mbox("var/mail/me")
	r.run("", "/usr/bin/popauth", "--add", "--user", s.apopUser, "--password", password, "--permissions", "0600")
	config := func(name, mode string) string {
		r.write("etc/"+name, fmt.Sprintf(`mode inetd;
tls-mode %s;
tls {
  ssl-certificate-file /etc/tls/cert.pem;
  ssl-key-file /etc/tls/key.pem;
};
tls-file-checks { key-file none; cert-file none; };
auth {
  authentication generic:system;
  authorization system;
};
mailbox { mailbox-pattern /var/mail/me; };
tcp-wrappers { enable no; };
`, mode))
		return "--config-file=/etc/" + name
	}
	s.ports = map[pop3.Security]int{
		pop3.STLS:        r.inetd("/usr/sbin/pop3d", config("stls.conf", "ondemand")),
		pop3.ImplicitTLS: r.inetd("/usr/sbin/pop3d", config("tls.conf", "connection")),
	}
	s.ports[pop3.Cleartext] = s.ports[pop3.STLS]
	return s
}

func popa3d(t *testing.T) *server {
	r := newRoot(t, "popa3d")
	s := &server{mechanisms: []string{"USER"}}
	s.deliver = r.mbox("var/mail/me")
	r.folders(0, "var/lib/popa3d")
	r.write("etc/pam.d/popa3d", "auth required pam_unix.so\naccount required pam_unix.so\n")
	s.ports = map[pop3.Security]int{pop3.Cleartext: r.inetd("/usr/sbin/popa3d")}
	return s
}
