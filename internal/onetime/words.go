package onetime

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// words are looked for in text of small letters. A bar is the edge of a word.
type words []string

func (w words) in(text string) bool {
	for _, word := range w {
		if _, _, ok := next(text, word, 0); ok {
			return true
		}
	}
	return false
}

// places are where the words stand, the first most of each.
func (w words) places(text string, most int) (list [][2]int) {
	for _, word := range w {
		at := 0
		for range most {
			from, to, ok := next(text, word, at)
			if !ok {
				break
			}
			list, at = append(list, [2]int{from, to}), to
		}
	}
	return list
}

// next finds a word from a place on.
func next(text, word string, at int) (from, to int, ok bool) {
	bare := strings.Trim(word, "|")
	for {
		i := strings.Index(text[at:], bare)
		if i < 0 {
			return 0, 0, false
		}
		from, to = at+i, at+i+len(bare)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[to:])
		begun := word[0] != '|' || from == 0 || !wordly(before)
		if ended := word[len(word)-1] != '|' || to == len(text) || !wordly(after); begun && ended {
			return from, to, true
		}
		at = to
	}
}

func wordly(r rune) bool { return latin(r) || unicode.IsDigit(r) }

// small makes small letters of capitals, and changes no place.
func small(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, s)
}

// once compiles an expression when it is first needed: most days bring no code.
func once(parts ...string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(strings.Join(parts, "")) })
}

func oneOf(words ...string) string { return "(?:" + strings.Join(words, "|") + ")" }

// answered are subjects of answers and of what was forwarded.
var answered = once(`(?i)^\s*(?:(?:re|aw|sv|vs|fwd?|wg|tr|rv|res|enc|odp)\s*(?:\[\d+\])?:|(?:回复|回覆|答复|转发|轉寄|返信|転送|회신|전달)\s*:|(?:ответ|пересл?\p{L}*)\s*:)`)

// strong are words that mean a one-time code and nothing else.
var strong = once(`(?i)`, oneOf(
	// English
	`\b(?:e-?mail |account |identity |device |login |log-?in |sign-?in |mfa |2fa |sms )?(?:verification|authentication|authorization|authorisation|security|one[- ]time|single[- ]use|two[- ]factor|two[- ]step|2[- ]step|2fa|mfa|log-?in|login|sign[- ]?in|sign[- ]?up|sudo|temporary|validation|otp)[- ](?:pass)?(?:code|pin)\b`,
	`\bone[- ]time[- ](?:password|passcode|code|pin)\b`, `\bpasscode\b`, `\bOTP\b`,
	`\bcode (?:to|for) (?:verify|verifying|confirm your (?:e-?mail|account|identity)|sign(?:ing)?[- ]?in|log(?:ging)?[- ]?in|login|authenticat\w+|access your account|reset your password)`,
	`\bverify code\b`, `\bsteam guard code\b`, `\baccess code for (?:your )?(?:login|sign)`,
	// 中文
	`(?:验证|校验|动态|驗證|校驗|動態|认证|認證|安全|登录|登入|確認|确认)(?:代)?[码碼]`, `(?:动态|動態|一次性|臨時|临时)(?:密[码碼]|口令|验证码|驗證碼)`, `(?:验证|安全|驗證)代[码碼]`,
	// 日本語
	`(?:認証|確認|検証|セキュリティ|ログイン|ワンタイム|本人確認)\s?(?:用)?(?:コード|番号)`, `ワンタイム\s?(?:パスワード|パスコード|PIN)`, `パスコード`,
	// 한국어
	`(?:인증|보안|로그인|일회용|본인\s?확인)\s?(?:번호|코드)`, `일회용\s?(?:비밀번호|암호|패스워드)`, `확인\s?코드`,
	// Deutsch
	`(?:Bestätigungs|Sicherheits|Verifizierungs|Verifikations|Anmelde|Login-|Einmal|Prüf|Freigabe|Authentifizierungs)-?(?:code|kennwort|passwort|pin)\b`, `\b(?:mTAN|TAN)\b`,
	`\bEinmal(?:ige[rs]?)?[- ](?:Code|Passwort|Kennwort)\b`,
	// français
	`\bcode (?:de (?:vérification|validation|sécurité|connexion)|d['’](?:authentification|identification)|à usage unique|temporaire|unique)`, `\bmot de passe (?:à usage unique|temporaire)`,
	// español, português
	`\b(?:código|codigo|clave|contraseña|senha|pin) (?:de (?:verificación|verificação|verificacao|seguridad|segurança|autenticación|autenticação|inicio de sesión|login|un solo uso|uso único|uso unico|validación|validação)|temporal|temporári[oa]|único|única)`,
	// русский
	`(?:одноразов\p{L}+|проверочн\p{L}+)\s(?:код|пароль|пин)\p{L}*`, `код\p{L}*\s(?:подтверждения|проверки|безопасности|авторизации|верификации|аутентификации|для\s(?:входа|подтверждения|авторизации|регистрации))`,
))

// weak are words for a code of any kind.
var weak = words{
	"|code|", "|pin|", "|código|", "|codigo|", "|код|", "|кодом|", "代码", "代碼", "コード", "코드",
}

// support is what comes with one-time codes: that they end soon, and are for
// nobody else.
var support = words{
	"expires in", "expire in", "expires after", "valid for", "good for", "within the next", "within 5 min", "within 10 min", "within 15 min",
	"not share", "don't share", "don’t share", "never share", "never give", "not request", "n't request", "n’t request", "not try to", "n't try to", "n’t try to",
	"|sign in|", "|sign-in|", "signing in", "|log in|", "|login|", "|log-in|", "logging in", "verify your", "verify it", "confirm your", "confirm it",
	"有效期", "分钟内", "分鐘內", "内有效", "內有效", "请勿", "請勿", "非本人", "勿泄露", "登录", "登入",
	"有効期限", "分以内", "分間有効", "ログイン", "心当たり", "共有しない",
	"유효", "분 이내", "로그인", "공유하지",
	"|gültig|", "läuft in", "|anmeld", "weitergeben", "nicht angefordert",
	"|valable|", "|expire dans|", "|connexion|", "ne le partagez", "ne partagez", "communiquez",
	"|caduca|", "|expira|", "válido", "válida", "iniciar sesión", "no lo compart", "no compart", "não compartilhe", "fazer login",
	"действует", "действителен", "никому не", "не сообщайте", "|вход",
}

// hint is what a subject says where a code may be in the text.
var hint = words{
	"|code|", "|pin|", "verif", "confirm", "authenti", "|2fa|", "two-factor", "two factor", "|otp|", "one-time", "one time",
	"|sign in|", "|sign-in|", "|signing in|", "|sign up|", "|sign-up|", "|log in|", "|login|", "|log-in|", "|logging in|",
	"security alert", "security check", "password reset", "reset your password", "new device", "new computer", "new browser", "new location", "|access to|",
	"验证", "驗證", "校验", "校驗", "登录", "登入", "安全", "注册", "註冊", "绑定", "綁定", "密码", "密碼", "动态", "動態", "认证", "認證", "确认", "確認", "找回",
	"認証", "ログイン", "コード", "パスワード", "本人確認", "인증", "로그인", "코드", "비밀번호", "본인",
	"bestätig", "anmeld", "sicherheit", "kennwort", "passwort", "vérifi", "validation", "connexion", "sécurité", "mot de passe",
	"código", "codigo", "verifica", "segur", "sesión", "contraseña", "senha", "acesso", "acceso", "|код", "подтверд", "|вход", "парол", "безопасн", "проверк",
}

// machine are local parts of addresses that programs send from.
var machine = once(`(?i)`, oneOf(
	`no[-_.]?reply`, `do[-_.]?not[-_.]?reply`, `^accounts?\b`, `^account[-_.]`, `accounts?$`, `security`, `verif`, `auth`, `^log-?in`, `^sign-?in`, `\botp\b`, `notif`, `^notice`, `^alert`, `^service`, `^support`, `^info$`, `^hello$`, `^team$`, `^admin`,
	`^system`, `^mailer`, `^mail$`, `^postmaster`, `^robot`, `^bot\b`, `^passport`, `id$`, `^member`, `^help`, `^auto`, `^register`, `^confirm`, `^code`,
))

// joint is what stands between the words and the code that they name.
var joint = once(`(?i)^["'»”)\]】」』*_]*\s*`, oneOf(
	`(?:\([^()]{0,30}\)\s*)?[:=]`, `is\s*:?`, `ist\s*:?`, `lautet\s*:?`, `est\s*(?:le\s*)?:?`, `es\s*(?:el\s*)?:?`, `é\s*:?`, `[为為是]\s*:?`, `は\s*[、:]?`, `[은는]\s*:?`, `[-–—]`, ``,
	`(?:for|zu|für|pour|para|для)[^.:!?。\d]{1,60}(?:is|ist|lautet|est|es|é|[-–—:])\s*:?`,
	`(?:for|at|on|bei|für|pour|sur|para|en|для|в)\s[^.:!?。\d]{1,40}:`,
	`[^.:!?。\d]{0,25}(?:below|suivant|siguiente|folgend\p{L}*|следующ\p{L}*|如下)\s*:`,
), `\s*["'«“„(\[【「『*_]*$`)

// tie is what stands between a code and the words that follow it.
var tie = once(`(?i)^["'»”)\]】」』*_]*\s*`, oneOf(
	`(?:is|ist|est|es|é)\s(?:your|the|dein|deine|ihr|ihre|der|votre|ton|le|tu|su|el|seu|sua|o|a|la)\s(?:[^.:!?。\d]{0,40}\s)?`, `[是为為]\s?(?:[您你]的?|本次)?[^.:!?。\d,，]{0,20}`, `(?:が|は)[^.:!?。\d]{0,20}`, `[은는이가]\s?[^.:!?。\d]{0,20}`,
	`[-–—:,]\s*(?:your|ihr|dein|votre|su|tu|seu|ваш|вот ваш)?\s*(?:[^.:!?。\d]{0,30}\s)?`,
	`\(`, `(?:as|als|comme|como)\s(?:your|ihr\p{L}*|votre|su|seu)\s(?:[^.:!?。\d]{0,30}\s)?`,
), `$`)

// other are words for numbers that are something else.
var other = words{
	"|order|", "|orders|", "|booking|", "|reservation|", "|invoice|", "|receipt|", "|tracking|", "|ticket|", "|tickets|", "|case|", "|reference|", "confirmation number", "|flight|", "|itinerary|", "|parcel|",
	"|shipment|", "|voucher|", "|coupon|", "|promo|", "|promotion", "|discount|", "|gift card|", "|referral|", "|invite|", "|invitation|", "|zip|", "|postal|", "|postcode|", "|area|", "|country|",
	"|dialing|", "|product|", "|serial|", "|licence|", "|license|", "|error|", "|status|", "|exit|", "|barcode|", "|qr|", "|source|", "|meeting|", "|conference|", "|dial|", "|phone|", "|fax|", "|tel|",
	"|swift|", "|iban|", "|amount|", "|total|", "|balance|", "|price|", "account number", "account ending", "card ending", "ending in", "customer number", "customer id", "member number",
	"membership number", "|po box|", "|extension|", "|dress|",
	"订单", "訂單", "快递", "運單", "运单", "单号", "單號", "发票", "發票", "优惠", "優惠", "折扣", "邀请码", "邀請碼", "提取码", "取件码", "取件碼", "取货码", "兑换码", "邮编", "郵遞區號", "郵政編碼", "电话", "電話",
	"热线", "熱線", "客服", "手机号", "手機號", "尾号", "末四码", "末四碼", "余额", "餘額", "金额", "金額", "会议", "會議", "航班", "预订", "預訂", "流水号", "编号", "編號", "授权码", "授權碼", "错误", "錯誤",
	"注文", "予約", "伝票", "郵便番号", "クーポン", "会員番号", "請求", "お問い合わせ番号", "エラー", "주문", "예약", "송장", "우편번호", "쿠폰", "할인", "전화", "오류",
	"bestell", "rechnung", "buchung", "sendung", "gutschein", "rabatt", "postleitzahl", "|plz|", "kundennummer", "vorgang", "telefon", "|betrag|", "aktionscode",
	"|commande|", "|facture|", "réservation", "|colis|", "code promo", "code postal", "|remise|", "|suivi|", "téléphone", "|montant|", "numéro de client", "numéro de dossier",
	"|pedido|", "|factura|", "|fatura|", "|reserva|", "|envío|", "|envio|", "|rastreo|", "|rastreamento|", "cupón", "|cupom|", "descuento", "desconto", "código postal", "|cep|", "teléfono", "telefone", "|importe|", "|valor|",
	"заказ", "счёт", "счет", "бронир", "отправлени", "|трек", "промокод", "скидк", "индекс", "телефон", "|сумм", "накладн", "ошибк",
}

// compound is what makes other words of those for a one-time code that follow.
var compound = once(`(?:予約|注文|受付|订单|訂單|预订|預訂|订座|발송|예약)\s?$`)

// offer are lines of those who sell.
var offer = words{"|checkout|", "% off", "|off your|", "|save |", "|discount", "|coupon", "|promo", "|voucher", "|gift|", "|shop|", "|sale|", "free shipping"}

// stems are in every one of the strong words: an expression is slow, and most
// mail has none of them.
var stems = words{
	"code", "|pin|", "|otp|", "password", "码", "碼", "口令", "コード", "番号", "パスワード", "パスコード", "|pin", "번호", "코드", "암호", "패스워드",
	"kennwort", "passwort", "|tan|", "|mtan|", "mot de passe", "código", "codigo", "clave", "contraseña", "senha", "|код", "парол", "|пин",
}

// counted is what follows a number that is a measure, a price or a date.
var counted = once(`(?i)^\s?`, oneOf(
	`(?:min(?:ute)?s?|sec(?:ond)?s?|hours?|hrs?|days?|weeks?|months?|years?|times|points?|people|users|items?|messages?|miles?|km|kg|mb|gb|kb|px|usd|eur|gbp|cny|rmb|jpy|krw|rub|brl|chf|dollars?|euros?)\b`,
	`(?:Uhr|Minuten?|Stunden?|Tagen?|jours?|heures?|minutos?|horas?|dias?|días?|рубл\p{L}*|руб|минут\p{L}*|час\p{L}*)`,
	`[年月日号元分块秒度岁期届]`, `[円点件名回]`, `[원년월일분초개명]`, `分钟`, `分鐘`, `小时`, `積分`, `积分`, `万`, `萬`,
))

// named is what stands before a number that belongs to it.
var named = once(`(?i)`, oneOf(
	`(?:order|booking|reservation|invoice|receipt|ticket|case|flight|reference|ref|no|nr|number|room|suite|apt|unit|building|street|version|build|page|chapter|section|line|error|port|pid|id|ending|ending in|ends in|ext|extension|since|in|of|year|copyright|box|zip|tel|phone|fax)\.?\s?[:#]?\s?$`,
	`(?:订单号?|訂單編?號?|单号|單號|尾号|尾號|末四[位码碼]|编号|編號|电话|電話|热线|熱線|邮编|房间|版本|第|共|错误码|错误代码)\s?(?:为|為|是)?\s?[:]?\s?$`,
	`(?:©|\(c\)|№)\s?$`, `[-–—]\s?\d+[-–—]\s?$`,
))

// shape is what codes look like, for digits in groups and for capitals; what is
// around decides.
var shape = once(`\b(?:G-\d{6}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{2}[ -]\d{2}[ -]\d{2}|[A-Z0-9]{4}-[A-Z0-9]{4}|[A-Z0-9]{3}-[A-Z0-9]{3}|[A-Z0-9]{4,8}|\d{4,8})\b`)

// spaced are digits with blanks between.
var spaced = once(`^(?:[0-9A-Z] ){3,7}[0-9A-Z]$`)
