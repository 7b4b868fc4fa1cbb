//go:build cgo && !nowindow

package window

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/settings"
)

// The fields of an account, by their names in the settings file; password is
// in no file.
const (
	fieldName          = "name"
	fieldAddress       = "address"
	fieldServer        = "server"
	fieldPort          = "port"
	fieldSecurity      = "security"
	fieldUser          = "user"
	fieldPassword      = "password"
	fieldInterval      = "interval"
	fieldCAFile        = "ca_file"
	fieldSecretCommand = "secret_command"
	fieldPopState      = "popstate"
	fieldMechanism     = "mechanism"
	fieldOpen          = "open"
	fieldPin           = "pin"
	fieldClientCert    = "client_cert"
	fieldClientKey     = "client_key"
	fieldProxy         = "proxy"
	fieldSound         = "sound"
	fieldQuietFrom     = "quiet_from"
	fieldQuietUntil    = "quiet_until"
)

// fieldOrder is the order in which the form shows them.
var fieldOrder = []string{
	fieldName, fieldAddress, fieldServer, fieldPort, fieldSecurity, fieldUser, fieldPassword, fieldInterval,
	fieldOpen, fieldSound, fieldQuietFrom, fieldQuietUntil, fieldPopState, fieldMechanism, fieldSecretCommand,
	fieldCAFile, fieldPin, fieldClientCert, fieldClientKey, fieldProxy,
}

// moreFields are those that are out of sight until they are asked for.
var moreFields = fieldOrder[slices.Index(fieldOrder, fieldOpen):]

// opens are the places that a click on a message can lead to, as in
// settings.Account.Open; a webmail is followed by its address.
var opens = []string{"", settings.OpenProgram, openWebmail}

const openWebmail = "https://"

// quiets are the quiet hours that an account can have: those of the
// preferences, none, or its own.
var quiets = []string{"", quietNever, quietOwn}

const (
	quietNever = "never"
	quietOwn   = "own"
)

// intervals are those one can choose without typing a number.
var intervals = []time.Duration{
	time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

// problem is what is wrong with one field. Missing says that it only still
// has to be filled in, for which nobody is to be told off while typing.
type problem struct {
	settings.FieldError
	Missing bool
}

// draft is an account while it is being typed: what stands in the fields,
// which of them the user touched, and what follows from one for another.
type draft struct {
	// id is empty for an account that was never saved.
	id   string
	text map[string]string
	// custom says that the interval is the number of minutes in text.
	custom    bool
	interval  time.Duration
	security  settings.Security
	mechanism string
	// oauth says where the account signs in with the browser in place of a
	// password; the zero value if it does not.
	oauth settings.OAuth
	// opens is one of opens; the address of a webmail is in text.
	opens          string
	pin            string
	silent         bool
	quiet          string // one of quiets; the hours are in text
	quietDays      string
	unseenExisting bool
	statusHeader   bool
	allowCleartext bool
	legacyTLS      bool
	touched        map[string]bool
	// base is what was saved; it carries what the form does not show.
	base settings.Account
}

// newDraft is an empty form.
func newDraft() *draft {
	return &draft{
		text:     map[string]string{fieldPort: strconv.Itoa(settings.TLS.DefaultPort())},
		interval: settings.DefaultInterval,
		security: settings.TLS,
		touched:  map[string]bool{},
	}
}

// draftOf is the form of a saved account.
func draftOf(a settings.Account) *draft {
	d := &draft{
		id: a.ID,
		text: map[string]string{
			fieldName: a.Name, fieldAddress: a.Address, fieldServer: a.Server, fieldPort: strconv.Itoa(a.Port),
			fieldUser: a.User, fieldCAFile: a.CAFile, fieldSecretCommand: a.SecretCommand, fieldPopState: a.PopState,
			fieldClientCert: a.ClientCert, fieldClientKey: a.ClientKey, fieldProxy: a.Proxy,
			fieldSound: a.Sound, fieldQuietFrom: a.QuietFrom, fieldQuietUntil: a.QuietUntil,
		},
		quietDays: a.QuietDays,
		interval:  time.Duration(a.Interval), security: a.Security,
		mechanism: a.Mechanism, oauth: a.OAuth, opens: a.Open, pin: a.Pin, silent: a.Silent,
		unseenExisting: a.UnseenExisting, statusHeader: a.StatusHeader, allowCleartext: a.AllowCleartext, legacyTLS: a.LegacyTLS,
		// What was saved is the user's own: nothing is guessed over it.
		touched: map[string]bool{fieldName: true, fieldServer: true, fieldUser: true},
		base:    a,
	}
	if d.interval == 0 {
		d.interval = settings.DefaultInterval
	}
	if a.Open != "" && a.Open != settings.OpenProgram {
		d.opens, d.text[fieldOpen] = openWebmail, a.Open
	}
	switch {
	case a.QuietNever:
		d.quiet = quietNever
	case a.QuietFrom != "":
		d.quiet = quietOwn
	}
	d.custom = true
	for _, preset := range intervals {
		d.custom = d.custom && preset != d.interval
	}
	d.text[fieldInterval] = strconv.Itoa(int(d.interval.Round(time.Minute) / time.Minute))
	if a.Port == a.Security.DefaultPort() {
		return d
	}
	d.touched[fieldPort] = true
	return d
}

// set takes what was typed into a field, and fills in what follows from it
// where the user has typed nothing.
func (d *draft) set(name, value string) {
	d.touched[name] = true
	d.text[name] = value
	if name != fieldAddress {
		return
	}
	address := strings.TrimSpace(value)
	if !d.touched[fieldUser] {
		d.text[fieldUser] = address
	}
	if !d.touched[fieldServer] {
		d.text[fieldServer] = ""
		if _, domain, ok := strings.Cut(address, "@"); ok && domain != "" {
			d.text[fieldServer] = "pop." + strings.ToLower(domain)
		}
	}
}

// setSecurity takes the port along while it is the default of the one before.
func (d *draft) setSecurity(s settings.Security) {
	if port := strings.TrimSpace(d.text[fieldPort]); port == "" || port == strconv.Itoa(d.security.DefaultPort()) {
		d.text[fieldPort] = strconv.Itoa(s.DefaultPort())
	}
	d.security = s
	d.touched[fieldSecurity] = true
}

// setInterval takes one of intervals, or zero for a number of minutes.
func (d *draft) setInterval(preset time.Duration) {
	d.touched[fieldInterval] = true
	d.custom = preset == 0
	if preset != 0 {
		d.interval = preset
		d.text[fieldInterval] = strconv.Itoa(int(preset / time.Minute))
	}
}

// setQuiet takes one of quiets; hours that are switched on begin as those of
// the preferences do.
func (d *draft) setQuiet(quiet string) {
	d.quiet, d.quietDays = quiet, ""
	d.text[fieldQuietFrom], d.text[fieldQuietUntil] = "", ""
	if quiet == quietOwn {
		d.text[fieldQuietFrom], d.text[fieldQuietUntil] = quietFrom, quietUntil
	}
}

// value is a field without the space around it; a password is left as it is.
func (d *draft) value(name string) string {
	if name == fieldPassword {
		return d.text[name]
	}
	return strings.TrimSpace(d.text[name])
}

// fallbackName is what an account without a name is called.
func (d *draft) fallbackName() string {
	if address := d.value(fieldAddress); address != "" {
		return address
	}
	return d.value(fieldUser)
}

// cleartext says that the password would cross a network in clear.
func (d *draft) cleartext() bool {
	a := d.account()
	a.AllowCleartext = false
	return a.Server != "" && a.CleartextForbidden()
}

// account is what is to be saved; it makes sense when problems is empty.
func (d *draft) account() settings.Account {
	a := d.base
	a.ID = d.id
	a.Name = d.value(fieldName)
	if a.Name == "" {
		a.Name = d.fallbackName()
	}
	a.Address = d.value(fieldAddress)
	a.Server = d.value(fieldServer)
	a.Port, _ = strconv.Atoi(d.value(fieldPort))
	a.Security = d.security
	a.User = d.value(fieldUser)
	a.SecretCommand = d.value(fieldSecretCommand)
	a.CAFile = d.value(fieldCAFile)
	a.PopState = d.value(fieldPopState)
	a.ClientCert = d.value(fieldClientCert)
	a.ClientKey = d.value(fieldClientKey)
	a.Proxy = d.value(fieldProxy)
	a.Mechanism = d.mechanism
	a.OAuth = d.oauth
	a.Pin = d.pin
	if a.Open = d.opens; d.opens == openWebmail {
		a.Open = d.value(fieldOpen)
	}
	a.Silent = d.silent
	a.Sound = d.value(fieldSound)
	a.QuietNever = d.quiet == quietNever
	a.QuietFrom, a.QuietUntil, a.QuietDays = d.value(fieldQuietFrom), d.value(fieldQuietUntil), d.quietDays
	a.Interval = settings.Duration(d.interval)
	if minutes, err := strconv.ParseUint(d.value(fieldInterval), 10, 16); d.custom && err == nil {
		a.Interval = settings.Duration(time.Duration(minutes) * time.Minute)
	}
	a.UnseenExisting = d.unseenExisting
	a.StatusHeader = d.statusHeader
	a.AllowCleartext = d.allowCleartext
	a.LegacyTLS = d.legacyTLS
	a.Normalize()
	return a
}

// was is the account as it was when it was opened; nil for a new one.
func (d *draft) was() *settings.Account {
	if d.id == "" {
		return nil
	}
	base := d.base
	return &base
}

// dirty says that there is something to save, or to lose.
func (d *draft) dirty() bool {
	if d.text[fieldPassword] != "" {
		return true
	}
	if d.id == "" {
		return d.value(fieldName)+d.value(fieldAddress)+d.value(fieldServer)+d.value(fieldUser) != ""
	}
	return d.account() != d.base
}

// problems says what keeps the draft from being saved, in the order of the
// form: the rules of the settings file, and what only a form can get wrong.
func (d *draft) problems() []problem {
	a := d.account()
	if a.ID == "" {
		a.ID = "new"
	}
	byField := map[string]problem{}
	for _, p := range a.Validate() {
		if _, has := byField[p.Field]; !has {
			byField[p.Field] = problem{FieldError: p, Missing: p.Key == settings.MistakeRequired}
		}
	}
	add := func(field string, key settings.Mistake, missing bool) {
		byField[field] = problem{FieldError: settings.FieldError{Field: field, Key: key}, Missing: missing}
	}
	// Zero would be taken for "the default".
	if port, err := strconv.ParseUint(d.value(fieldPort), 10, 16); d.value(fieldPort) != "" && (err != nil || port == 0) {
		add(fieldPort, settings.MistakePort, false)
	}
	if minutes, err := strconv.ParseUint(d.value(fieldInterval), 10, 16); d.custom && (err != nil || minutes == 0) {
		add(fieldInterval, settings.MistakeInterval, d.value(fieldInterval) == "")
	}
	if p := byField[fieldInterval]; p.Key == settings.MistakeInterval { // in the unit of the field
		p.Key, p.Args = "window.interval_range", []any{int(settings.MaxInterval.Minutes())}
		byField[fieldInterval] = p
	}
	if d.value(fieldPassword) == "" && d.needsPassword() {
		add(fieldPassword, settings.MistakeRequired, true)
	} else if strings.ContainsAny(d.value(fieldPassword), "\r\n\x00") { // S7
		add(fieldPassword, settings.MistakeOneLine, false)
	}
	for _, name := range []string{fieldQuietFrom, fieldQuietUntil} {
		if d.quiet == quietOwn && d.value(name) == "" {
			add(name, settings.MistakeRequired, true)
		}
	}
	if d.opens == openWebmail && d.value(fieldOpen) == "" {
		add(fieldOpen, settings.MistakeRequired, true)
	}
	if d.value(fieldServer) == "" {
		delete(byField, fieldSecurity) // a missing server is not remote
	}
	if d.fallbackName() == "" {
		delete(byField, fieldName) // it is called by its user, once there is one
	}
	var found []problem
	for _, name := range fieldOrder {
		if p, ok := byField[name]; ok {
			found = append(found, p)
		}
	}
	return found
}

// signsIn says whether the account signs in with the browser.
func (d *draft) signsIn() bool { return d.oauth.Provider != "" }

// needsPassword says that no password is known from anywhere: the account is
// new, or had a command or a sign-in until now.
func (d *draft) needsPassword() bool {
	return d.value(fieldSecretCommand) == "" && !d.signsIn() && (d.id == "" || d.base.SecretCommand != "" || d.base.SignsIn())
}
