package locale

import (
	"cmp"
	"slices"
	"strings"
)

// order is the order in which a date is written.
type order int

const (
	anyOrder order = iota // whatever the language has
	dayFirst
	monthFirst
	yearFirst
)

// conventions are how the system writes dates and times.
type conventions struct {
	order  order
	twelve bool // hours from 1 to 12
}

// layouts are those of an order that is not the language's own, by the keys of
// its own.
var layouts = map[order]map[string]string{
	dayFirst:   {"common.date_year": "2 Jan", "common.date_other": "2 Jan 2006", "common.date_full": "Mon, 2 Jan 2006, 15:04"},
	monthFirst: {"common.date_year": "Jan 2", "common.date_other": "Jan 2, 2006", "common.date_full": "Mon, Jan 2, 2006, 15:04"},
	yearFirst:  {"common.date_year": "2006-01-02", "common.date_other": "2006-01-02", "common.date_full": "Mon, 2006-01-02, 15:04"},
}

// layout is the catalogue's layout for a key, as the system would have it. Where
// a language has words for year, month and day, they keep their places.
func (c *Catalogue) layout(key string, as conventions) string {
	layout := c.T(key)
	own := orderOf(c.T("common.date_other"), "2006", "Jan", "2")
	if other, ok := layouts[as.order][key]; ok && own != anyOrder && own != as.order {
		layout = other
	}
	if as.twelve {
		layout = strings.Replace(layout, "15:04", c.T("common.clock_12"), 1)
	}
	return layout
}

// orderOf is the order in which year, month and day stand in a layout; anyOrder
// if one is missing.
func orderOf(layout, year, month, day string) order {
	y, m := strings.Index(layout, year), strings.Index(layout, month)
	d := strings.Index(strings.Replace(layout, year, strings.Repeat("_", len(year)), 1), day)
	switch {
	case y < 0 || m < 0 || d < 0:
		return anyOrder
	case y < m:
		return yearFirst
	case m < d:
		return monthFirst
	}
	return dayFirst
}

// conventionsOf are those of the system: what the environment says of dates
// comes first everywhere, since somebody wrote it for this program; then the
// system's own settings; then LANG.
func conventionsOf(getenv func(string) string, settings func() (conventions, bool)) conventions {
	name := cmp.Or(getenv("LC_ALL"), getenv("LC_TIME"))
	if name == "" {
		if c, ok := settings(); ok {
			return c
		}
		name = getenv("LANG")
	}
	return conventionsIn(name)
}

// conventionsIn are those of a locale such as en_US.UTF-8.
func conventionsIn(name string) conventions {
	name = strings.ReplaceAll(posix(name), "-", "_")
	if !strings.Contains(name, "_") { // C, or no country that would tell
		return conventions{}
	}
	in := func(list string) bool { return slices.Contains(strings.Fields(list), name) }
	c := conventions{order: dayFirst, twelve: in(twelveHours)}
	switch {
	case in(monthsFirst):
		c.order = monthFirst
	case in(yearsFirst):
		c.order = yearFirst
	}
	return c
}

// patterns reads the patterns for a short date and a short time that Windows and
// macOS have, such as "M/d/yyyy" and "h:mm tt".
func patterns(date, clock string) (c conventions, ok bool) {
	date, clock = unquoted(date), unquoted(clock)
	c.order = orderOf(strings.ToLower(date), "y", "m", "d")
	c.twelve = strings.ContainsAny(clock, "hK")
	return c, date != "" && clock != ""
}

// unquoted is a pattern without what it has in quotes.
func unquoted(pattern string) string {
	var text strings.Builder
	for i, part := range strings.Split(pattern, "'") {
		if i%2 == 0 {
			text.WriteString(part)
		}
	}
	return text.String()
}

// The locales of glibc 2.36 (d_fmt and t_fmt of its localedata) that count hours
// to twelve, and those that do not begin a date with its day.
const (
	twelveHours = `
aa_DJ aa_ER aa_ET ak_GH am_ET anp_IN ar_AE ar_BH ar_DZ ar_EG ar_IN ar_IQ ar_JO ar_KW ar_LB ar_LY
ar_OM ar_QA ar_SD ar_SS ar_SY ar_TN ar_YE as_IN bhb_IN bho_IN bho_NP bi_VU bn_BD bn_IN brx_IN byn_ER
chr_US ckb_IQ doi_IN el_CY el_GR en_CA en_HK en_IN en_PH en_US fil_PH gd_GB gez_ER gez_ET gu_IN
ha_NG hi_IN hif_FJ hne_IN hy_AM ig_NG ik_CA iu_CA kn_IN kok_IN ks_IN mag_IN mai_IN mai_NP mjw_IN
ml_IN mni_IN mnw_MM mr_IN ms_MY my_MM om_ET om_KE or_IN pa_IN quz_PE raj_IN sa_IN sat_IN sd_IN
shn_MM shs_CA sid_ET sm_WS so_DJ so_ET so_SO sq_AL sq_MK sw_KE sw_TZ ta_IN tcy_IN te_IN the_NP ti_ER
ti_ET tig_ER tl_PH to_TO tpi_PG ur_IN wal_ET yo_NG zh_HK
`
	monthsFirst = `
ab_GE bem_ZM brx_IN chr_US en_HK en_US fil_PH hy_AM iu_CA ka_GE kl_GL ks_IN tl_PH
`
	yearsFirst = `
ak_GH az_IR bo_CN bo_IN cmn_TW csb_PL de_AT de_BE de_LU dz_BT en_CA en_DK eu_ES eu_FR fa_IR fr_CA
hak_TW hu_HU ja_JP ko_KR lt_LT lv_LV lzh_TW mhr_RU mn_MN mnw_MM my_MM nan_TW ne_NP ps_AF sah_RU
se_NO sgs_LT shn_MM si_LK sv_SE wae_CH yue_HK zh_CN zh_HK zh_SG zh_TW
`
)
