package message

import (
	"strings"
	"sync"
	"time"
)

// zones are minutes east of UTC. Where a name has several meanings it is the
// one of RFC 5322 (CST is American), or else of most people (IST is Indian,
// BST British).
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
	"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
	"ast": -240, "adt": -180, "nst": -210, "ndt": -150, "akst": -540, "akdt": -480, "hst": -600, "hast": -600, "hdt": -540,
	"west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120,
	"eet": 120, "eest": 180, "oez": 120, "oesz": 180, "msk": 180, "msd": 240, "trt": 180, "idt": 180,
	"wat": 60, "cat": 120, "sast": 120, "eat": 180,
	"gst": 240, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420, "wita": 480, "wit": 540,
	"hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "phst": 480, "jst": 540, "kst": 540,
	"awst": 480, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
	"samt": 240, "yekt": 300, "omst": 360, "novt": 420, "krat": 420, "irkt": 480, "yakt": 540, "vlat": 600, "magt": 660,
	"brt": -180, "brst": -120, "art": -180, "uyt": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "vet": -240,
}

// longZones are what Windows and Java write instead of a zone.
var longZones = map[string]int{
	"eastern standard time": -300, "eastern daylight time": -240, "central standard time": -360, "central daylight time": -300,
	"mountain standard time": -420, "mountain daylight time": -360, "pacific standard time": -480, "pacific daylight time": -420,
	"greenwich mean time": 0, "coordinated universal time": 0, "gmt standard time": 0, "gmt daylight time": 60, "british summer time": 60,
	"central european time": 60, "central european standard time": 60, "central european summer time": 120,
	"w europe standard time": 60, "w europe daylight time": 120, "central europe standard time": 60, "central europe daylight time": 120,
	"romance standard time": 60, "romance daylight time": 120, "mitteleuropaische zeit": 60, "mitteleuropaische sommerzeit": 120, "westeuropaische normalzeit": 60, "westeuropaische sommerzeit": 120,
	"eastern european time": 120, "eastern european summer time": 180, "moscow standard time": 180, "russian standard time": 180,
	"india standard time": 330, "china standard time": 480, "taipei standard time": 480, "singapore standard time": 480,
	"tokyo standard time": 540, "japan standard time": 540, "korea standard time": 540,
	"中国标准时间": 480, "中國標準時間": 480, "北京时间": 480, "台北標準時間": 480, "日本標準時": 540, "日本標準時間": 540,
	"e australia standard time": 600, "aus eastern standard time": 600, "aus eastern daylight time": 660,
	"new zealand standard time": 720, "new zealand daylight time": 780,
}

// monthNames are full names as dates have them, without accents, and
// abbreviations that do not begin a full name.
var monthNames = [12]string{
	"january januar janvier enero janeiro gennaio januari januar ianuarie janeiro gener styczen stycznia leden ledna ocak januar tammikuu tammikuuta января январь januar jänner janner січень січня януари ιανουαριου ιανουαριος gen 一月",
	"february februar fevrier febrero fevereiro febbraio februari februarie febrer luty lutego unor unora subat helmikuu helmikuuta февраля февраль feber лютий лютого февруари φεβρουαριου φεβρουαριος 二月",
	"march mars marz marzo marco maart martie mart maret marc marec marcius marzec marca brezen brezna maaliskuu maaliskuuta марта март maerz mrz mrt березень березня μαρτιου μαρτιος 三月",
	"april avril abril aprile aprilie aprilis kwiecien kwietnia duben dubna nisan huhtikuu huhtikuuta апреля апрель avr abr квітень квітня април απριλιου απριλιος 四月",
	"may mai mayo maio maggio mei maj maig majus maja kveten kvetna mayıs mayis toukokuu toukokuuta мая май травень травня μαιου μαιος 五月",
	"june juni juin junio junho giugno iunie juny junius czerwiec czerwca cerven cervna haziran kesakuu kesakuuta июня июнь червень червня юни ιουνιου ιουνιος 六月",
	"july juli juillet julio julho luglio iulie juliol julius lipiec lipca cervenec cervence temmuz heinakuu heinakuuta июля июль липень липня юли ιουλιου ιουλιος 七月",
	"august aout agosto augustus augusti agustus agost augusztus sierpien sierpnia srpen srpna agustos elokuu elokuuta августа август серпень серпня αυγουστου αυγουστος 八月",
	"september septembre septiembre setembro settembre septembrie setembre szeptember wrzesien wrzesnia zari eylul syyskuu syyskuuta сентября сентябрь вересень вересня септември σεπτεμβριου σεπτεμβριος 九月",
	"october oktober octobre octubre outubro ottobre octombrie pazdziernik pazdziernika rijen rijna ekim lokakuu lokakuuta октября октябрь жовтень жовтня октомври οκτωβριου οκτωβριος 十月",
	"november novembre noviembre novembro noiembrie listopad listopada listopadu kasım kasim marraskuu marraskuuta ноября ноябрь листопад листопада ноември νοεμβριου νοεμβριος 十一月",
	"december dezember décembre diciembre dezembro dicembre decembrie desembre desember grudzien grudnia prosinec prosince aralık aralik joulukuu joulukuuta декабря декабрь грудень грудня декември δεκεμβριου δεκεμβριος 十二月",
}

var monthIndex = sync.OnceValue(func() map[string]int {
	index := map[string]int{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			runes := []rune(plainLetters(name))
			for n := 3; n < len(runes); n++ {
				short := string(runes[:n])
				if m, ok := index[short]; ok && m != i+1 {
					index[short] = 0 // it begins several
				} else if !ok {
					index[short] = i + 1
				}
			}
		}
	}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			index[plainLetters(name)] = i + 1
		}
	}
	for i := range 12 { // Finnish may not take away the English ones
		index[strings.ToLower(time.Month(i + 1).String()[:3])] = i + 1
	}
	return index
})

// month is the number of a month by its name in one of many languages, whole
// or abbreviated, or 0.
func month(word string) int { return monthIndex()[word] }
