package pop3

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Most servers refuse without a response code, and then their words are all
// there is: that somebody else has the mailbox open must not pass for a wrong
// password, after which the account is polled no more (P24), and a wrong
// password must not be tried again and again. The tables below hold words of
// every server's trade rather than sentences of some, in the languages that
// servers speak.

// byCode are the response codes that settle it, by themselves or with a part
// of the text; the first match counts.
var byCode = []struct {
	code Code // or one within it
	text *vocabulary
	kind Kind
	why  string
}{
	{CodeAuth, known("exceed*", "rate limit*", "bandwidth", "too many"), KindTemporary, "Gmail: limit of bandwidth or logins (P21)"},
	{CodeInUse, nil, KindTemporary, "RFC 2449, section 8.1.2"},
	{CodeLoginDelay, nil, KindTemporary, "RFC 2449, section 8.1.1"},
	{CodeSysTemp, nil, KindTemporary, "RFC 3206, section 4"},
	{CodeSysPerm, nil, KindPermanent, "RFC 3206, section 4"},
	{CodeAuth, nil, KindAuth, "RFC 3206, section 5"},
}

// byText are texts of providers that the words in them would misjudge.
var byText = []struct {
	text *vocabulary
	kind Kind
	why  string
}{
	{known("service is not open"), KindAuth, "QQ names every cause at once, limits and a busy system too, so the user has to look (P22)"},
	{known("unable to log on"), KindAuth, "Coremail: POP3 is off, or it is not the authorization code (P22)"},
	{known("login failure or pop3 disabled"), KindAuth, "Yandex says “try later” to a wrong password (P22)"},
	{known("basic authentication is disabled"), KindPermanent, "Exchange Online (P23)"},
}

// aboutCredentials names what only the user can correct (P22). It outweighs
// the words of load: "wrong password, or the system is busy" may well be the
// password, and to try it for ever locks accounts.
var aboutCredentials = known(
	"password*", "passwd", "passphrase*", "passcode*", "user name*", "username*", "userid", "user id", "login name", "credential*",
	"no such user", "unknown user", "user unknown", "invalid user", "user not found", "invalid login", "login incorrect", "incorrect login", "bad login",
	"passwort*", "kennwort*", "benutzername*", "benutzerkennung", "zugangsdaten", "anmeldedaten",
	"mot de passe", "mots de passe", "nom dutilisateur", "identifiant*",
	"contraseña*", "nombre de usuario", "credencial*", "senha*", "nome de usuario", "nome do usuario",
	"parola dordine", "nome utente", "credenziali", "hasło", "wachtwoord", "gebruikersnaam",
	"парол*", "имя пользователя", "имени пользователя", "логин или", "parol", "parolya", "учетные данные",
	"密码", "密碼", "口令", "用户名", "用戶名", "使用者名稱", "授权码", "授權碼",
	"lösenord*", "adgangskode*", "passord*", "salasana*", "heslo", "jelszó", "şifre", "parola", "kullanıcı adı", "mật khẩu", "tên đăng nhập", "kata sandi", "κωδικ*",
	"パスワード", "ユーザー名", "ユーザ名", "비밀번호", "암호", "사용자 이름", "아이디",
)

// inUse are the words of a lock on the mailbox. That the account is locked is
// another matter.
var (
	inUse        = known("lock", "locked", "lockfile", "in use", "busy", "already open*", "another session", "gesperrt", "锁", "鎖")
	aboutAccount = known("account", "user", "server", "system", "konto", "账", "帐", "帳")
)

// aboutPatience are the words of locks, load, limits and repairs (P21, P30,
// P31). An account that is locked is among them: most unlock by themselves.
var aboutPatience = known(
	// Somebody else has the mailbox; see also inUse.
	"lock", "locked", "locks", "locking", "lockfile", "relock", "busy", "in use", "inuse", "being used", "already open*", "already active",
	"already connected", "already logged in", "already exists a session", "another session", "another process", "another client", "another pop*",
	"another connection", "another user", "other session*", "other connection*", "session already", "session active", "duplicate login",
	"duplicate session", "concurrent*", "simultaneous*", "only one", "one session", "another program", "other program", "other client", "exclusive*", "mailbox conflict",
	// Asked too often, or too much.
	"too many", "too much", "connection full", "connections full", "is full", "mailbox full", "too often", "too frequent*", "too soon", "too fast", "too quick*", "too early", "too recent*", "only every",
	"only once", "login delay", "minute", "minutes", "mins", "seconds", "hour", "hours", "limit", "limits", "limiting", "limitation*",
	"ratelimit*", "exceed*", "exhaust*", "throttl*", "frequency", "frequently", "quota*", "overquota", "bandwidth", "maximum", "overload*", "high load", "system load",
	"load average", "server load", "capacity", "congest*", "flood*", "wait", "waiting", "patien*", "greylist*",
	// It will pass.
	"later", "retry", "try again in", "try again after", "temporar*", "transient*", "tempfail*", "momentarily", "at this time", "at the moment",
	"right now", "unavailable", "not available", "unreachable", "not reachable", "not responding", "no response", "timeout", "timed out", "time out",
	"mainten*", "maintain*", "upgrading", "being upgraded", "shutdown", "shutting down", "restart*", "starting up", "not ready", "offline",
	"out of service", "out of order", "down for", "server down", "is down", "migrat*", "rebuild*", "being moved", "being restored",
	// Something behind it fails.
	"internal", "server error*", "system error*", "system problem*", "system failure*", "server failure*", "server problem*", "service error*",
	"server fault", "database", "backend*", "back end", "upstream", "ldap", "mysql", "sql", "nfs", "i o", "io error", "input output", "disk",
	"no space", "not enough", "out of memory", "out of space", "insufficient system*", "insufficient resource*", "insufficient disk*", "insufficient memory", "insufficient storage", "resource*", "fork", "unexpected*", "connection closed", "connection is closed", "connection refused",
	"connection reset", "connection failed", "connection failure", "connection error", "connection lost", "connection problem*", "network error",
	"corrupt*", "mailbox error", "maildrop error", "mailstore", "mail store", "message store", "server unable", "unable to sync",
	"couldnt sync", "unable to process", "something went wrong", "oops", "unknown error", "critical error", "fatal error", "technical*", "not accessible", "inaccessible",

	"gesperrt*", "sperre", "belegt", "besetzt", "beschäftigt", "in benutzung", "in gebrauch", "in verwendung", "wird verwendet", "wird benutzt", "bereits geöffnet",
	"bereits angemeldet", "andere sitzung", "anderen programm*", "anderes programm", "technisch*", "anderen sitzung", "ausgelastet", "überlast*", "ueberlast*", "zu viele", "zuviele", "zu oft", "zu häufig", "zu haeufig", "später", "spaeter",
	"nicht verfügbar", "nicht verfuegbar", "nicht erreichbar", "wartung*", "vorübergehend*", "voruebergehend*", "zeitweise", "momentan",
	"derzeit nicht", "zur zeit nicht", "zurzeit nicht", "augenblick*", "interner", "serverfehler", "systemfehler", "überschritten", "ueberschritten", "überschreit*", "kontingent*",
	"speicherplatz", "speicherlimit", "begrenz*", "höchstzahl", "maximale anzahl", "zeitüberschreitung", "minuten", "sekunden", "stunden", "störung", "stoerung", "geduld", "versuchen sie es",

	"verrouill*", "occupé*", "en cours dutilisation", "déjà utilis*", "déjà ouvert*", "déjà connect*", "autre session", "trop de", "trop souvent", "trop fréquent*",
	"trop nombreu*", "indisponible*", "non disponible*", "plus tard", "ultérieurement", "réessay*", "temporaire*", "momentané*", "erreur interne", "erreur serveur",
	"erreur du serveur", "erreur système", "erreur du système", "panne", "dépass*", "limite*", "surcharg*", "secondes", "patient*",

	"bloquead*", "bloqueo", "ocupad*", "en uso", "ya está abiert*", "otra sesión", "demasiad*", "más tarde", "mantenimiento", "temporal", "temporalmente",
	"no disponible", "no está disponible", "error interno", "error del servidor", "error de servidor", "error del sistema", "error de sistema", "límite*", "excedi*", "superad*", "cuota",
	"sobrecarg*", "minutos", "segundos", "reintent*", "intente de nuevo",

	"em uso", "travad*", "muitas", "muitos", "mais tarde", "manutenção", "temporári*", "temporariamente", "indisponív*", "não disponív*", "não está disponív*",
	"erro interno", "erro no servidor", "erro do servidor", "erro de sistema", "erro do sistema", "outra sessão", "cota", "ultrapass*", "tente novamente em",

	"bloccat*", "occupat*", "in uso", "troppe", "troppi", "troppo", "più tardi", "manutenzione", "temporane*", "non è disponibile", "errore interno", "errore del server",
	"errore di sistema", "superato", "altra sessione", "minuti", "riprova*",
	"zablokowan*", "zajęt*", "zbyt wiele", "zbyt często", "później", "niedostępn*", "vergrendeld", "bezet", "in gebruik", "te veel", "later opnieuw", "onderhoud", "tijdelijk",

	"заблокирован*", "блокирован*", "блокировк*", "занят*", "используется", "уже открыт*", "другой сесси*", "другая сессия", "другим процессом", "слишком мног*", "слишком част*", "позже", "позднее", "недоступ*",
	"временн*", "обслуживани*", "технически*", "профилакти*", "внутренн*", "ошибка сервера", "ошибка на сервере", "системная ошибка", "ошибка системы", "превыш*", "лимит*", "ограничен*", "квот*",
	"перегру*", "минут*", "секунд*", "подождите", "повторите попытку", "сбой",

	"är låst", "upptag*", "försök igen", "senare", "för många", "tillfällig*", "er låst", "optaget", "opptatt", "prøv igen", "prøv igjen", "senere", "for mange", "midlertidig*",
	"lukittu", "varattu", "myöhemmin", "liian monta", "tilapäi*",
	"uzamčen*", "zamčen*", "uzamknut*", "obsazen*", "později", "neskôr", "příliš mnoho", "dočasn*", "nedostupn*", "zárolva", "zárolt", "foglalt", "később", "túl sok", "átmeneti*",
	"kilitli", "meşgul", "daha sonra", "çok fazla", "geçici*", "blocat*", "ocupat*", "mai târziu", "prea multe", "κλειδωμέν*", "αργότερα", "απασχολημέν*",
	"заблокован*", "зайнят*", "пізніше", "тимчасов*", "забагато", "bị khóa", "máy chủ bận", "đang bận", "thử lại sau", "tạm thời", "quá nhiều", "terkunci", "sedang digunakan", "lagi nanti", "terlalu banyak",

	"锁", "鎖", "忙", "正在使用", "其他程序", "其它程序", "其他客户端", "其他用戶端", "使用中", "占用", "佔用", "重复登录", "重複登入", "太多", "过多", "過多", "频繁", "頻繁", "频率", "頻率", "过于", "稍后", "稍候", "稍後", "稍等",
	"再试", "再試", "重试", "重試", "维护", "維護", "升级", "暂时", "暫時", "暂停服务", "临时", "臨時", "不可用", "无法打开", "無法開啟", "打不开", "无法连接", "無法連線", "系统错误", "系统异常", "系统故障",
	"系統錯誤", "系統異常", "服务器错误", "服务器异常", "服务器内部", "服务异常", "内部错误", "內部錯誤", "伺服器錯誤", "超过", "超過", "超出", "超限", "限制", "上限", "配额", "配額", "容量", "空间不足", "空間不足", "已满", "已滿", "分钟", "分鐘", "超时", "逾時", "负载", "拥塞",

	"ロック", "使用されています", "使用されてい", "混雑", "混み合", "込み合", "ビジー", "しばらく", "後ほど", "のちほど", "後で", "あとで", "時間をおいて", "時間を置いて", "再試行", "再度", "メンテナンス", "保守", "一時的",
	"多すぎ", "超え", "超過", "内部エラー", "サーバーエラー", "サーバエラー", "システムエラー", "サーバー障害", "障害", "過負荷", "容量", "分間", "開けません", "開くことができ", "接続できません", "接続数", "タイムアウト",

	"잠금", "잠겨", "잠겼", "사용 중", "사용중", "점검", "일시적", "나중에", "잠시", "초과", "너무 많", "너무 자주", "시스템 오류", "서버 오류", "내부 오류", "제한",
)

// Of what somebody tries in vain to open or to reach, the sentences differ too
// much to list them: a word of each kind will do. The things alone are no sign
// of it where the text is about the login or about a command.
var (
	inability = known(
		"cannot", "cant", "can not", "could not", "couldnt", "unable", "fail", "failed", "failure", "fails", "error", "problem*", "trouble", "impossib*", "inaccessible",
		"konnte nicht", "kann nicht", "konnten nicht", "nicht möglich", "fehler", "ne peut", "na pas pu", "échec", "erreur",
		"no se puede", "no se pudo", "no es posible", "error al", "não foi possível", "não pode", "impossível", "falha", "erro", "errore", "non è possib*",
		"не удалось", "не удается", "не может", "невозможно", "ошибка",
	)
	attempts = known(
		"open", "opened", "opening", "lock", "read", "reading", "load", "loading", "create", "creating", "connect", "connecting", "reach", "contact", "contacting", "scan", "scanning", "write",
		"stat", "chdir", "chroot", "fetch", "retrieve", "retrieving", "initialize", "initialise", "initialization", "allocate", "parse", "index", "sync", "execute",
		"geöffnet", "öffnen", "gelesen", "verbinden", "verbindung", "ouvrir", "ouverture", "lire",
		"abrir", "abierto", "conectar", "conexión", "conexão", "aprire", "connettersi", "connessione",
		"открыть", "подключиться", "соединиться",
	)
	things = known(
		"maildir", "mailbox", "maildrop", "mail drop", "mailspool", "spool", "inbox", "server", "proxy", "service", "storage", "file", "system", "directory", "connection",
		"postfach", "boîte", "serveur", "buzón", "caixa", "servidor", "casella", "ящик*", "сервер*",
	)
	elsewhere = known(
		"login", "logon", "log in", "log on", "logging in", "sign in", "signin", "auth*", "permission", "denied", "not allowed", "rejected", "refused", "command*", "syntax", "argument*",
		"no such", "not exist", "doesnt exist", "not found", "unknown", "invalid", "disabled", "not enabled", "message*", "anmeldung", "connexion", "вход*", "авторизац*", "аутентификац*",
	)
)

// That POP3 or the account is switched off (P23).
var (
	notServed = known(
		"not enabled for pop*", "pop is disabled", "no pop*", "mailbox disabled", "mailbox is disabled", "account disabled", "account is disabled", "account has been disabled", "user disabled", "user is disabled",
		"account suspended", "account is suspended", "account has been suspended", "account deactivated", "account is deactivated", "account has been deactivated",
		"account closed", "account is closed", "account has been closed", "account is inactive", "account inactive", "account not active", "account is not active",
		"account blocked", "account is blocked", "account has been blocked", "account expired", "account has expired", "账号已停用", "帐号已停用", "账户已停用", "用户已停用", "帳號已停用",
	)
	popName = known("pop", "pop3", "pop3s", "pops")
	popOff  = known(
		"disabled", "not enabled", "isnt enabled", "disallowed", "not allowed", "not permitted", "not authorized", "not authorised", "denied", "forbidden", "off", "not activated",
		"not active", "inactive", "not supported for", "discontinued", "no longer", "not included", "no permission", "no access", "does not have", "doesnt have", "利用できません", "使用できません", "blocked", "deaktiviert", "nicht aktiviert", "nicht freigeschaltet", "abgeschaltet", "ausgeschaltet", "désactivé*", "non activé*", "desactivad*", "deshabilitad*", "no habilitad*", "desativad*",
		"não habilitad*", "disabilitat*", "disattivat*", "отключ*", "выключ*", "запрещ*", "没有权限", "未开启", "未开通", "未启用", "已关闭", "已禁用", "禁用", "禁止", "關閉", "未啟用", "無効", "無效", "許可されていません",
	)
)

// That the server does not know the command.
var (
	unimplemented = known(
		"not implemented", "unimplemented", "not supported", "isnt supported", "unsupported", "invalid command", "bad command", "illegal command", "command invalid", "command is invalid",
		"nicht unterstützt", "nicht implementiert", "non supporté*", "non implémenté*", "no soportad*", "no implementad*", "não suportad*", "не поддерживается", "不支持", "不支援", "无效命令", "無效命令", "命令无效", "サポートされていません",
	)
	commands   = known("command*", "cmd", "keyword", "verb", "uidl", "top", "befehl*", "kommando*", "commande", "comand*", "команд*", "commando*", "polecen*", "příkaz*", "parancs*", "komut*", "명령", "命令", "指令", "コマンド")
	unfamiliar = known(
		"unknown", "unrecognized", "unrecognised", "not recognized", "not recognised", "not understood", "not known", "undefined", "no such command",
		"unbekannt*", "ungültig*", "inconnu*", "non reconnu*", "desconocid*", "no reconocid*", "desconhecid*", "não reconhecid*", "sconosciut*", "nieznan*", "onbekend*", "okän*", "ukendt", "ukjent", "neznám*", "ismeretlen", "bilinmeyen", "невідом*", "알 수 없는", "неизвестн*", "未知", "不明",
	)
	aboutMessages = known("message*", "msg", "nachricht*", "mensaje*", "mensagem", "сообщени*", "邮件", "郵件")
)

// classify says whose turn it is after an -ERR: by its response code, by the
// text of a provider, by what else the text names. What says nothing is about
// the credentials if they were sent (login), else permanent.
func classify(code Code, text string, login bool) Kind {
	t := words(text)
	for _, r := range byCode {
		if code.Within(r.code) && (r.text == nil || r.text.in(t)) {
			return r.kind
		}
	}
	for _, r := range byText {
		if r.text.in(t) {
			return r.kind
		}
	}
	switch {
	case aboutCredentials.in(t):
		return KindAuth
	case aboutPatience.in(t), inability.in(t) && (attempts.in(t) || things.in(t) && !elsewhere.in(t)):
		return KindTemporary
	case notServed.in(t), popName.in(t) && popOff.in(t):
		return KindPermanent
	case login:
		return KindAuth
	}
	return KindPermanent
}

// saysNothing says whether a refused login names no cause.
func saysNothing(text string) bool {
	code, rest := responseCode(text)
	return code == "" && classify("", rest, true) == KindAuth && !aboutCredentials.in(words(rest))
}

// lacksCommand says whether a text means that the server does not know the
// command, of which nothing else may be the sign: a server that is busy at
// UIDL has UIDL.
func lacksCommand(text string) bool {
	t := words(text)
	return !aboutMessages.in(t) && (unimplemented.in(t) || commands.in(t) && unfamiliar.in(t))
}

// words makes a text comparable: lower case without accents, each word
// between two blanks. Addresses are left out: a mailbox may be called
// "lock@example.org".
func words(text string) string {
	b := []byte{' '}
	blank := func() {
		if b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
	}
	for field := range strings.FieldsSeq(text) {
		if strings.Contains(field, "@") || strings.Contains(field, "://") {
			continue
		}
		unspaced := false
		for _, r := range norm.NFKD.String(strings.ToLower(field)) {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r):
				if isUnspaced(r) != unspaced { // "使用pop3功能"
					unspaced = !unspaced
					blank()
				}
				b = utf8.AppendRune(b, r)
			case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
			default:
				blank()
			}
		}
		blank()
	}
	return string(b)
}

// isUnspaced says whether r is of a script that puts no blanks between words,
// or not between all of them.
func isUnspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// vocabulary are words and phrases to be looked for in a text of words. They
// are prepared when a server first refuses something: most never do.
type vocabulary struct {
	entries []string
	list    []string
	once    sync.Once
}

// known makes a vocabulary. A word with a star is the beginning of others.
// Languages that put no blanks between words are found anywhere.
func known(list ...string) *vocabulary { return &vocabulary{entries: list} }

func (v *vocabulary) prepare() {
	for _, entry := range v.entries {
		word, begins := strings.CutSuffix(entry, "*")
		word = words(word)
		switch {
		case strings.ContainsFunc(word, func(r rune) bool {
			return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
		}):
			word = strings.TrimSpace(word)
		case begins:
			word = strings.TrimSuffix(word, " ")
		}
		v.list = append(v.list, word)
	}
}

func (v *vocabulary) in(text string) bool {
	v.once.Do(v.prepare)
	return slices.ContainsFunc(v.list, func(word string) bool { return strings.Contains(text, word) })
}
