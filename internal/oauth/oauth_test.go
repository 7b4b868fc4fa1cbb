package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/oauth/oauthtest"
)

// authority is a real authorization server, not of our making.
func authority(t *testing.T) Request {
	t.Helper()
	s, err := Discover(t.Context(), nil, oauthtest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Scopes, s.Redirect = strings.Fields(oauthtest.Scopes), "http://127.0.0.1/"
	return Request{Server: s, Client: Client{ID: oauthtest.Client}, Address: oauthtest.User}
}

func page(err error) string { return fmt.Sprintf("<p>%v</p>", err) }

func TestSignInByBrowser(t *testing.T) {
	r := authority(t)
	for _, redirect := range []string{"http://127.0.0.1/", "http://localhost/auth/callback"} {
		r.Server.Redirect = redirect
		s, err := Begin(r, page)
		if err != nil {
			t.Fatal(err)
		}
		shown := make(chan string, 1)
		go func() { shown <- oauthtest.Browse(s.URL()) }()
		got, err := s.Wait(t.Context())
		if err != nil || got.Access == "" || got.Refresh == "" || time.Until(got.Expiry) < time.Minute {
			t.Fatalf("%s: %+v, %v", redirect, got, err)
		}
		if text := <-shown; text != "<p><nil></p>" {
			t.Errorf("the browser shows %s", text)
		}
		again, err := Refresh(t.Context(), r, got.Refresh)
		if err != nil || again.Access == got.Access || again.Refresh == "" {
			t.Errorf("renewed: %v", err)
		}
		if err := Revoke(t.Context(), r, again.Refresh); err != nil {
			t.Errorf("revoking: %v", err)
		}
		if _, err := Refresh(t.Context(), r, again.Refresh); reason(err) != SignInAgain {
			t.Errorf("after that: %v", err)
		}
		for _, address := range s.listeners {
			if conn, err := net.Dial("tcp", address.Addr().String()); err == nil {
				_ = conn.Close()
				t.Errorf("%s still listens", address.Addr())
			}
		}
	}
}

func reason(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// A code that another program of the same machine has seen gets it nothing: the
// server wants the verifier, and takes a code once.
func TestStolenCode(t *testing.T) {
	r := authority(t)
	s, err := Begin(r, page)
	if err != nil {
		t.Fatal(err)
	}
	go oauthtest.Browse(s.URL())
	a := <-s.answer
	if a.err != nil {
		t.Fatal(a.err)
	}
	defer s.Close()
	thief := &SignIn{request: s.request, config: s.config, verifier: strings.Repeat("a", 43), answer: make(chan answer, 1), done: make(chan struct{})}
	thief.take(a)
	if got, err := thief.Wait(t.Context()); err == nil || got.Access != "" {
		t.Errorf("a stolen code is worth tokens: %v", err)
	}
}

// What arrives at the listener is the one answer, or nothing.
func TestListener(t *testing.T) {
	begin := func(change func(*Server)) (*SignIn, func(method, host, path string, query url.Values) (int, string)) {
		server := Server{Authorize: "https://a.example/a", Token: "https://a.example/t", Redirect: "http://127.0.0.1/", Issuer: "https://a.example"}
		if change != nil {
			change(&server)
		}
		s, err := Begin(Request{Server: server, Client: Client{ID: "x"}}, page)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s, func(method, host, path string, query url.Values) (int, string) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.redirect.Host+path+"?"+query.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if host != "" {
				r.Host = host
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			text, _ := io.ReadAll(response.Body)
			return response.StatusCode, string(text)
		}
	}

	s, ask := begin(nil)
	good := url.Values{"state": {s.state}, "code": {"c0de"}}
	for name, test := range map[string]struct {
		method, host, path string
		query              url.Values
		want               int
	}{
		"another host":    {"GET", "evil.example", "/", good, 421},
		"without a port":  {"GET", "127.0.0.1", "/", good, 421},
		"another path":    {"GET", "", "/favicon.ico", good, 404},
		"POST":            {"POST", "", "/", good, 405},
		"HEAD":            {"HEAD", "", "/", good, 405},
		"no state":        {"GET", "", "/", url.Values{"code": {"x"}}, 400},
		"another state":   {"GET", "", "/", url.Values{"state": {"x"}, "code": {"x"}}, 400},
		"two states":      {"GET", "", "/", url.Values{"state": {s.state, s.state}, "code": {"x"}}, 400},
		"two codes":       {"GET", "", "/", url.Values{"state": {s.state}, "code": {"x", "y"}}, 400},
		"an error, alone": {"GET", "", "/", url.Values{"error": {"access_denied"}}, 400},
	} {
		if code, text := ask(test.method, test.host, test.path, test.query); code != test.want || text != "" {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	for name, address := range map[string]string{
		"another state": s.redirect.String() + "?code=y&state=x",
		"another host":  "http://a.example:" + s.redirect.Port() + "/?" + good.Encode(),
		"another port":  "http://127.0.0.1:1/?" + good.Encode(),
		"another path":  s.redirect.String() + "x?" + good.Encode(),
		"https":         "https://" + s.redirect.Host + "/?" + good.Encode(),
		"cut short":     s.redirect.String() + "?state=" + s.state,
	} {
		if err := s.Paste(address); !errors.Is(err, errForeign) {
			t.Errorf("pasted, %s: %v", name, err)
		}
	}
	came := make(chan answer, 1)
	go func() {
		came <- <-s.answer
		s.end(nil)
	}()
	if code, text := ask("GET", "", "/", good); code != 200 || text != "<p><nil></p>" {
		t.Errorf("the answer: %d %s", code, text)
	}
	if code, _ := ask("GET", "", "/", good); code != 410 {
		t.Errorf("the answer again: %d", code)
	}
	if a := <-came; a.code != "c0de" || a.err != nil {
		t.Errorf("%+v", a)
	}

	for name, test := range map[string]struct {
		change func(*Server)
		query  url.Values
		want   Reason
	}{
		"denied":                   {nil, url.Values{"error": {"access_denied"}}, Denied},
		"an administrator":         {nil, url.Values{"error": {"access_denied"}, "error_description": {"AADSTS90094: needs admin"}}, NeedsApproval},
		"consent declined":         {nil, url.Values{"error": {"consent_required"}, "error_description": {"AADSTS65004"}}, Denied},
		"invented":                 {nil, url.Values{"error": {"<script>"}}, BadAnswer},
		"no code":                  {nil, url.Values{}, BadAnswer},
		"another issuer":           {nil, url.Values{"code": {"x"}, "iss": {"https://evil.example"}}, OtherServer},
		"no issuer where promised": {func(s *Server) { s.NamesIssuer = true }, url.Values{"code": {"x"}}, OtherServer},
		"busy":                     {nil, url.Values{"error": {"temporarily_unavailable"}}, Unavailable},
		"a code of two lines":      {nil, url.Values{"code": {"x\r\ny"}}, BadAnswer},
	} {
		s, ask := begin(test.change)
		test.query.Set("state", s.state)
		if code, _ := ask("GET", "", "/", test.query); code != 200 {
			t.Errorf("%s: %d", name, code)
		}
		if _, err := s.Wait(t.Context()); reason(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}

	// The issuer may name itself unasked, and the address may be pasted.
	s, _ = begin(func(s *Server) { s.Token = "http://127.0.0.1:1/" })
	if err := s.Paste(s.redirect.String() + "?" + url.Values{"state": {s.state}, "code": {"x"}, "iss": {"https://a.example"}}.Encode()); err != nil {
		t.Error(err)
	}
	if _, err := s.Wait(t.Context()); err == nil || reason(err) != "" {
		t.Errorf("a network fault: %v", err)
	}
}

// The browser shows what the code was worth, and not that it came.
func TestPageWaits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer server.Close()
	s, err := Begin(Request{Server: Server{Authorize: server.URL, Token: server.URL, Redirect: "http://127.0.0.1/"}, Client: Client{ID: "x"}}, page)
	if err != nil {
		t.Fatal(err)
	}
	shown := make(chan string, 1)
	go func() {
		answer, err := http.Get(s.redirect.String() + "?code=x&state=" + s.state)
		if err != nil {
			shown <- err.Error()
			return
		}
		defer func() { _ = answer.Body.Close() }()
		text, _ := io.ReadAll(answer.Body)
		shown <- string(text)
	}()
	_, err = s.Wait(t.Context())
	if text := <-shown; reason(err) != Unavailable || text != page(err) {
		t.Errorf("the browser shows %s, %v", text, err)
	}
}

func TestSignInEnds(t *testing.T) {
	r := Request{Server: Server{Authorize: "https://a.example/a", Token: "https://a.example/t", Redirect: "http://localhost"}, Client: Client{ID: "x"}}
	s, err := Begin(r, page)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := s.Wait(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("closed: %v", err)
	}
	if s, err = Begin(r, page); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for name, change := range map[string]func(*Request){
		"no client":        func(r *Request) { r.Client.ID = "" },
		"http":             func(r *Request) { r.Server.Token = "http://a.example/t" },
		"no endpoint":      func(r *Request) { r.Server.Authorize = "" },
		"sent elsewhere":   func(r *Request) { r.Server.Redirect = "http://evil.example/" },
		"sent to a port":   func(r *Request) { r.Server.Redirect = "http://127.0.0.1:80/" },
		"a user in it":     func(r *Request) { r.Server.Token = "https://x@a.example/t" },
		"another protocol": func(r *Request) { r.Server.Revoke = "ftp://a.example/t" },
	} {
		r := r
		change(&r)
		if s, err := Begin(r, page); err == nil {
			s.Close()
			t.Errorf("%s: it begins", name)
		}
	}
}

// What a token endpoint answers decides what the user is told, and nothing of
// it, or of what was sent, is in the error.
func TestRenewal(t *testing.T) {
	const secret = "r3fresh-t0ken"
	idToken := "x." + base64.RawURLEncoding.EncodeToString([]byte(`{"email":"li@example.org"}`)) + ".y"
	for name, test := range map[string]struct {
		code    int
		body    string
		want    Reason
		refresh string
		address string
	}{
		"renewed":           {200, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`, "", secret, ""},
		"rotated":           {200, `{"access_token":"a","token_type":"bearer","refresh_token":"new"}`, "", "new", ""},
		"with an address":   {200, `{"access_token":"a","token_type":"Bearer","id_token":"` + idToken + `"}`, "", secret, "li@example.org"},
		"revoked":           {400, `{"error":"invalid_grant","error_description":"` + secret + ` is expired"}`, SignInAgain, "", ""},
		"a new secret":      {401, `{"error":"invalid_client","error_description":"AADSTS7000222: expired"}`, BadClient, "", ""},
		"consent withdrawn": {400, `{"error":"invalid_grant","error_description":"AADSTS65001: consent"}`, NeedsApproval, "", ""},
		"interaction":       {400, `{"error":"interaction_required"}`, SignInAgain, "", ""},
		"busy":              {503, `<html>` + secret, Unavailable, "", ""},
		"too often":         {429, ``, Unavailable, "", ""},
		"a portal":          {200, `<html>please log in</html>`, BadAnswer, "", ""},
		"another type":      {200, `{"access_token":"a","token_type":"mac"}`, BadAnswer, "", ""},
		"a forged response": {200, `{"access_token":"a\u0001\u0001user=x","token_type":"Bearer"}`, BadAnswer, "", ""},
		"no token":          {200, `{}`, BadAnswer, "", ""},
		"sent on":           {307, ``, BadAnswer, "", ""},
		"an endless answer": {200, `{"access_token":"` + strings.Repeat("a", 2*maxAnswer), BadAnswer, "", ""},
		"invented":          {400, `{"error":"` + secret + `"}`, BadAnswer, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.PostFormValue("refresh_token") != secret || r.PostFormValue("client_id") != "x" {
					t.Errorf("it was asked %v", r.PostForm)
				}
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(test.code)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			got, err := Refresh(t.Context(), Request{Server: Server{Token: server.URL}, Client: Client{ID: "x", Secret: "s3cret-of-client"}}, secret)
			if test.want == "" {
				if err != nil || got.Access != "a" || got.Refresh != test.refresh || got.Address != test.address {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if reason(err) != test.want || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v", err)
			}
		})
	}
	_, err := Refresh(t.Context(), Request{Server: Server{Token: "http://127.0.0.1:1/"}, Client: Client{ID: "x"}}, secret)
	if refused := net.Error(nil); !errors.As(err, &refused) {
		t.Errorf("a network fault: %v", err)
	}
}

// However a server says how long a token lasts, what it gives is not lost, and
// lasts for a time that can be.
func TestLifetime(t *testing.T) {
	hour, year := time.Hour, 365*24*time.Hour
	for said, want := range map[string]time.Duration{
		`3600`: hour, `"3600"`: hour, `3600.9`: hour, `3.6e3`: hour, `" 3600 "`: hour, `"3600.0"`: hour,
		`0`: 0, `-1`: 0, `-99999999999`: 0, `0.5`: 0, `null`: 0, `"soon"`: 0, `""`: 0, `true`: 0, `[3600]`: 0, `{}`: 0, `"NaN"`: 0, `1e999`: 0, `"1e999"`: 0,
		`99999999999999999999999`: year, `1e300`: year, `"Inf"`: year, `4294967296`: year,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer","refresh_token":"new","expires_in":`+said+`}`)
		}))
		before := time.Now()
		got, err := Refresh(t.Context(), Request{Server: Server{Token: server.URL}, Client: Client{ID: "x"}}, "old")
		after := time.Now()
		server.Close()
		if err != nil || got.Access != "a" || got.Refresh != "new" {
			t.Errorf("%s: %+v, %v", said, got, err)
		}
		if want == 0 && !got.Expiry.IsZero() || want > 0 && (got.Expiry.Before(before.Add(want)) || got.Expiry.After(after.Add(want))) {
			t.Errorf("%s: it ends %v", said, got.Expiry)
		}
	}
}

// What was allowed has to have mail in it, where the server says what it is.
func TestForMail(t *testing.T) {
	microsoft := []string{"https://outlook.office.com/POP.AccessAsUser.All", "offline_access"}
	for name, test := range map[string]struct {
		asked []string
		given any
		want  bool
	}{
		"nothing said":        {microsoft, nil, true},
		"an empty word":       {microsoft, " ", true},
		"no word":             {microsoft, 5.0, true},
		"as asked":            {microsoft, "https://outlook.office.com/POP.AccessAsUser.All", true},
		"without a resource":  {microsoft, "openid pop.accessasuser.all", true},
		"others":              {microsoft, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", false},
		"a list":              {microsoft, []any{"offline_access", "https://outlook.office.com/POP.AccessAsUser.All"}, true},
		"a list without":      {microsoft, []any{"offline_access"}, false},
		"Google":              {[]string{"https://mail.google.com/"}, "https://mail.google.com/ openid", true},
		"Google, unticked":    {[]string{"https://mail.google.com/"}, "openid https://www.googleapis.com/auth/userinfo.email", false},
		"POP of several":      {[]string{"IMAP", "POP", "offline_access"}, "POP", true},
		"all but POP":         {[]string{"IMAP", "POP", "offline_access"}, "IMAP offline_access", false},
		"one of several":      {[]string{"read", "write"}, "read", true},
		"only who it is":      {[]string{"openid", "email"}, "openid", true},
		"somebody's own word": {[]string{"mail"}, "profile", false},
	} {
		if got := forMail(test.asked, test.given); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What a server says of a token that it should revoke.
func TestRevokeAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		code int
		body string
		want Reason
	}{
		"done":            {200, "", ""},
		"ended before":    {400, `{"error":"invalid_token"}`, ""},
		"never":           {400, `{"error":"unsupported_token_type"}`, NoRevoke},
		"another program": {401, `{"error":"invalid_client"}`, BadClient},
		"busy":            {503, "", Unavailable},
		"a portal":        {302, "<html>", BadAnswer},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/login")
			w.WriteHeader(test.code)
			_, _ = io.WriteString(w, test.body)
		}))
		err := Revoke(t.Context(), Request{Server: Server{Token: server.URL, Revoke: server.URL}, Client: Client{ID: "x"}}, "r")
		server.Close()
		if reason(err) != test.want || (err == nil) != (test.want == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A client's secret goes to the end of a sign-in as to its beginning: in the
// header, form-encoded, or in the body, and never in both.
func TestRevokeNamesTheClient(t *testing.T) {
	for _, inHeader := range []bool{true, false} {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, password, basic := r.BasicAuth()
			if basic != inHeader || basic && (id != "x" || password != "s3cret%26%C3%BC") || r.PostFormValue("token") != "old" {
				t.Errorf("in the header %v: %q %q %v", inHeader, id, password, r.PostForm)
			}
			if r.PostForm.Has("client_secret") == inHeader || r.PostForm.Has("client_id") == inHeader || !inHeader && r.PostFormValue("client_secret") != "s3cret&ü" {
				t.Errorf("in the header %v: %v", inHeader, r.PostForm)
			}
		}))
		err := Revoke(t.Context(), Request{Server: Server{Token: server.URL, Revoke: server.URL, SecretInHeader: inHeader}, Client: Client{ID: "x", Secret: "s3cret&ü"}}, "old")
		if err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

// An answer that breaks off is a fault of the network, and a code that is refused
// is no fault of it.
func TestExchangeAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   Reason
	}{
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		}, BadCode},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{`)
		}, ""},
	} {
		server := httptest.NewServer(test.answer)
		s, err := Begin(Request{Server: Server{Authorize: server.URL, Token: server.URL, Redirect: "http://127.0.0.1/"}, Client: Client{ID: "x"}}, page)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Paste(s.redirect.String() + "?code=x&state=" + s.state); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Wait(t.Context()); err == nil || reason(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
}

func TestDevice(t *testing.T) {
	r := authority(t)
	r.Client, r.Server.SecretInHeader = Client{oauthtest.DeviceClient, oauthtest.DeviceSecret}, true
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	_, err := Device(t.Context(), r, func(p Prompt) {
		if p.Code == "" || p.URL == "" || time.Until(p.Until) < time.Minute || !strings.Contains(p.Complete, p.Code) {
			t.Errorf("%+v", p)
		}
		// The person says no; the server's example cannot give these clients what
		// outlasts an hour.
		for _, step := range []url.Values{
			{"username": {"test-user@127.0.0.1"}, "password": {"verysecure"}, "user_code": {p.Code}},
			{"action": {"denied"}, "user_code": {p.Code}},
		} {
			path := "/login"
			if step.Has("action") {
				path = "/confirm"
			}
			answer, err := browser.PostForm(r.Server.Issuer+"/device"+path, step)
			if err != nil {
				t.Error(err)
				return
			}
			_ = answer.Body.Close()
		}
	})
	if reason(err) != Denied {
		t.Errorf("%v", err)
	}
}

// A device's code brings tokens, or ends when the server says.
func TestDeviceAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		device string
		tokens []string
		want   Reason
	}{
		"signed in":     {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{`{"error":"authorization_pending"}`, `{"access_token":"a","refresh_token":"r","token_type":"Bearer"}`}, ""},
		"nobody came":   {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{`{"error":"expired_token"}`}, TimedOut},
		"no mail":       {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":"60.5"}`, []string{`{"access_token":"a","refresh_token":"r","token_type":"Bearer","scope":"openid"}`}, NoMail},
		"after an age":  {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":9300000000,"expires_in":1}`, []string{"429"}, TimedOut},
		"for an hour":   {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{`{"access_token":"a","token_type":"Bearer"}`}, BadScope},
		"busy once":     {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{"503", `{"access_token":"a","refresh_token":"r","token_type":"Bearer"}`}, ""},
		"dropped":       {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{"", `{"access_token":"a","refresh_token":"r","token_type":"Bearer"}`}, ""},
		"busy for good": {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":2}`, []string{"429"}, TimedOut},
		"declined":      {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/","interval":1,"expires_in":60}`, []string{`{"error":"authorization_declined"}`}, Denied},
		"hidden":        {`{"device_code":"d","user_code":"ABCD","verification_uri":"https://a.example/` + "\u202egpj.exe\u200b" + `"}`, nil, BadAnswer},
		"no https":      {`{"device_code":"d","user_code":"ABCD","verification_uri":"http://a.example/"}`, nil, BadAnswer},
		"control":       {`{"device_code":"d","user_code":"A\u001b[2JB","verification_uri":"https://a.example/"}`, nil, BadAnswer},
		"nothing":       {`{}`, nil, BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			polls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.URL.Path == "/device" {
					_, _ = io.WriteString(w, test.device)
					return
				}
				answer := test.tokens[min(polls, len(test.tokens)-1)]
				polls++
				code, bare := strconv.Atoi(answer)
				switch {
				case answer == "":
					panic(http.ErrAbortHandler)
				case bare == nil:
					w.WriteHeader(code)
					return
				case strings.Contains(answer, "error"):
					w.WriteHeader(http.StatusBadRequest)
				}
				_, _ = io.WriteString(w, answer)
			}))
			defer server.Close()
			got, err := Device(t.Context(), Request{Server: Server{Token: server.URL + "/token", Device: server.URL + "/device", Scopes: []string{"mail", "openid"}}, Client: Client{ID: "x"}}, func(Prompt) {})
			if reason(err) != test.want || (err == nil) != (test.want == "") || err == nil && got.Refresh != "r" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestDiscover(t *testing.T) {
	var answer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tenant/.well-known/openid-configuration" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	issuer := server.URL + "/tenant"
	for name, test := range map[string]struct{ answer, want string }{
		"all":            {`{"issuer":"ISSUER","authorization_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t","authorization_response_iss_parameter_supported":true}`, ""},
		"another issuer": {`{"issuer":"https://other.example","authorization_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t"}`, "another issuer"},
		"http":           {`{"issuer":"ISSUER","authorization_endpoint":"https://a.example/a","token_endpoint":"http://a.example/t"}`, "not https"},
		"hidden":         {`{"issuer":"ISSUER","authorization_endpoint":"https://a.example/` + "\u202eth\u200b" + `","token_endpoint":"https://a.example/t"}`, "not https"},
		"no token":       {`{"issuer":"ISSUER","authorization_endpoint":"https://a.example/a"}`, "no endpoint"},
		"plain PKCE":     {`{"issuer":"ISSUER","authorization_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t","code_challenge_methods_supported":["plain"]}`, "PKCE"},
		"a page":         {`<html>`, "says nowhere"},
		"null":           {`null`, "says nowhere"},
		"a list":         {`[]`, "says nowhere"},
		"a slash":        {`{"issuer":"ISSUER/","token_endpoint":"https://a.example/t"}`, "another issuer"},
	} {
		answer = strings.ReplaceAll(test.answer, "ISSUER", issuer)
		s, err := Discover(t.Context(), nil, issuer)
		if test.want == "" {
			if err != nil || s.Issuer != issuer || !s.NamesIssuer || s.Token != "https://a.example/t" || !s.SecretInHeader {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
		} else if reason(err) == "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, issuer := range []string{"http://a.example", "a.example", "https://a.example/?x", ""} {
		if _, err := Discover(t.Context(), nil, issuer); !errors.Is(err, errServer) {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}

// The browser's request has what the server needs and no secret.
func TestURL(t *testing.T) {
	s, err := Begin(Request{
		Server:  Server{Authorize: "https://a.example/a?tenant=x", Token: "https://a.example/t", Redirect: "http://localhost", Scopes: []string{"mail", "offline"}, Params: map[string]string{"access_type": "offline"}},
		Client:  Client{"id", "s3cret"},
		Address: "li@example.org",
	}, page)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"tenant": "x", "response_type": "code", "client_id": "id", "scope": "mail offline", "access_type": "offline",
		"login_hint": "li@example.org", "code_challenge_method": "S256", "state": s.state,
		"redirect_uri": "http://localhost:" + s.redirect.Port(),
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if strings.Contains(s.URL(), "s3cret") || strings.Contains(s.URL(), s.verifier) || len(s.state) < 20 {
		t.Error(s.URL())
	}
}

func FuzzRedirect(f *testing.F) {
	f.Add("state=S&code=x")
	f.Add("state=S&error=access_denied&error_description=AADSTS65004")
	f.Add("state=S&iss=https%3A%2F%2Fa.example&code=%00")
	f.Fuzz(func(t *testing.T, query string) {
		s := &SignIn{state: "S", request: Request{Server: Server{Issuer: "https://a.example", NamesIssuer: true}}}
		a, err := s.read(query)
		if (err == nil) == (a == answer{}) {
			t.Errorf("%q: neither an answer nor none", query)
		}
		values, _ := url.ParseQuery(query)
		if a.code != "" && (values.Get("state") != "S" || values.Get("iss") != "https://a.example" || !printable(a.code)) {
			t.Errorf("%q is an answer", query)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"issuer":"https://a.example","authorization_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := read(raw, "https://a.example")
		if err == nil && (!safe(s.Token) || s.Authorize != "" && !safe(s.Authorize)) {
			t.Errorf("%+v", s)
		}
	})
}
