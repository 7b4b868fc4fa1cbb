package settings

// Mistake is a rule that a file or a field breaks: the key of the sentence that
// says so.
type Mistake string

const (
	// Of any field.
	MistakeRequired Mistake = "settings.required"
	MistakeOneLine  Mistake = "settings.one_line"
	MistakeTooLong  Mistake = "settings.too_long"
	MistakeHidden   Mistake = "settings.hidden"
	MistakeChoice   Mistake = "settings.choice"
	MistakeFullPath Mistake = "settings.full_path"

	// Of the file, and of its TOML.
	MistakeFileGone   Mistake = "settings.file_gone"
	MistakeNewer      Mistake = "settings.newer"
	MistakeUnknownKey Mistake = "settings.unknown_key"
	MistakeKeyCase    Mistake = "settings.key_case"
	MistakeTable      Mistake = "settings.table"
	MistakeTables     Mistake = "settings.tables"
	MistakeKindText   Mistake = "settings.kind_text"
	MistakeKindNumber Mistake = "settings.kind_number"
	MistakeKindTexts  Mistake = "settings.kind_texts"
	MistakeKindFlag   Mistake = "settings.kind_flag"
	MistakeDuration   Mistake = "settings.duration"
	MistakeDeep       Mistake = "settings.deep"
	MistakeMany       Mistake = "settings.many"

	// Of an account.
	MistakeID            Mistake = "settings.id"
	MistakeIDTwice       Mistake = "settings.id_twice"
	MistakeMaildropTwice Mistake = "settings.maildrop_twice"
	MistakeAddress       Mistake = "settings.address"
	MistakeServer        Mistake = "settings.server"
	MistakePort          Mistake = "settings.port"
	MistakeSecurity      Mistake = "settings.security"
	MistakeCleartext     Mistake = "settings.cleartext"
	MistakeInterval      Mistake = "settings.interval"
	MistakePin           Mistake = "settings.pin"
	MistakeOpen          Mistake = "settings.open"
	MistakeProxy         Mistake = "settings.proxy"
	MistakeProxyPassword Mistake = "settings.proxy_password"
	MistakeTenant        Mistake = "settings.tenant"
	MistakeEndpoint      Mistake = "settings.endpoint"
	MistakeOnlyCustom    Mistake = "settings.only_custom"
	MistakeTwoSecrets    Mistake = "settings.two_secrets"

	// Of preferences.
	MistakeLanguage     Mistake = "settings.language"
	MistakeSound        Mistake = "settings.sound"
	MistakeSummaryAbove Mistake = "settings.summary_above"
	MistakeQuiet        Mistake = "settings.quiet"
	MistakeQuietHalf    Mistake = "settings.quiet_half"
	MistakeQuietSame    Mistake = "settings.quiet_same"

	// Of preferences and of an account.
	MistakeQuietDays      Mistake = "settings.quiet_days"
	MistakeQuietDaysAlone Mistake = "settings.quiet_days_alone"
	MistakeQuietNever     Mistake = "settings.quiet_never"

	// Of a rule.
	MistakeRuleAccount Mistake = "settings.rule_account"
	MistakeRegexp      Mistake = "settings.regexp"
	MistakeRuleSound   Mistake = "settings.rule_sound"

	// Of a hook.
	MistakeHookField       Mistake = "settings.hook_field"
	MistakeHookText        Mistake = "settings.hook_text"
	MistakeHookProgram     Mistake = "settings.hook_program"
	MistakeHookPlaceholder Mistake = "settings.hook_placeholder"
	MistakeHookTimeout     Mistake = "settings.hook_timeout"

	// Of a file of accounts.
	MistakeExchangeLarge        Mistake = "settings.exchange_large"
	MistakeExchangeEmpty        Mistake = "settings.exchange_empty"
	MistakeExchangeMany         Mistake = "settings.exchange_many"
	MistakeExchangeOnlyAccounts Mistake = "settings.exchange_only_accounts"
	MistakeExchangeCommand      Mistake = "settings.exchange_command"
	MistakeExchangeSound        Mistake = "settings.exchange_sound"
)
