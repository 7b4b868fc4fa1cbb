package charset

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// charset is one way to write characters as octets. Exactly one of single,
// double and whole is set.
type charset struct {
	name string
	// labels are other names, squeezed.
	labels string
	single single
	ebcdic bool              // single, and not ASCII below
	double encoding.Encoding // characters of two octets beside ASCII
	whole  func(b []byte) string
}

// charsets are those that mail is written in. A label that programs use for
// more than its standard has stands with what they mean by it, as the WHATWG's
// Encoding Standard has it: iso-8859-1 is windows-1252, gb2312 is GB18030.
var charsets = [...]charset{
	{name: "utf-8", labels: "utf8 utf8mb4 utf8mb3 unicode11utf8 cesu8 xutf8 utf8n uft8 iso10646utf8 isoutf8 unicode20utf8 csutf8 65001", whole: readUTF8},
	{name: "windows-1252", labels: "iso88591 88591 latin1 l1 cp1252 ibm819 cp819 isoir100 cswindows1252 csisolatin1 isolatin1 ansi windowslatin1 western westerneuropean 28591", single: charmap.Windows1252},
	{name: "windows-1250", labels: "cp1250 cswindows1250 easteurope", single: charmap.Windows1250},
	{name: "windows-1251", labels: "cp1251 cswindows1251 russian", single: charmap.Windows1251},
	{name: "windows-1253", labels: "cp1253 greekcharset", single: charmap.Windows1253},
	{name: "windows-1254", labels: "cp1254 iso88599 latin5 l5 csisolatin5 turkish cp920 28599", single: charmap.Windows1254},
	{name: "windows-1255", labels: "cp1255 hebrewcharset", single: charmap.Windows1255},
	{name: "windows-1256", labels: "cp1256 arabiccharset", single: charmap.Windows1256},
	{name: "windows-1257", labels: "cp1257 baltic", single: charmap.Windows1257},
	{name: "windows-1258", labels: "cp1258 vietnamese", single: charmap.Windows1258},
	{name: "windows-874", labels: "cp874 ibm874 tis620 iso885911 dos874 tis6202533 isoir166 thai thai8 cp1162 28601", single: charmap.Windows874},
	{name: "iso-8859-2", labels: "latin2 l2 csisolatin2 isoir101 cp912 28592", single: charmap.ISO8859_2},
	{name: "iso-8859-3", labels: "latin3 l3 csisolatin3 cp913 28593", single: charmap.ISO8859_3},
	{name: "iso-8859-4", labels: "latin4 l4 csisolatin4 cp914 28594", single: charmap.ISO8859_4},
	{name: "iso-8859-5", labels: "cyrillic csisolatincyrillic cp915 28595", single: charmap.ISO8859_5},
	{name: "iso-8859-6", labels: "arabic csisolatinarabic ecma114 asmo708 iso88596i iso88596e cp1089 28596", single: charmap.ISO8859_6},
	{name: "iso-8859-7", labels: "greek greek8 csisolatingreek ecma118 elot928 cp813 suneugreek 28597", single: charmap.ISO8859_7},
	{name: "iso-8859-8", labels: "hebrew csisolatinhebrew iso88598i iso88598e logical visual cp916 28598 38598", single: charmap.ISO8859_8},
	{name: "iso-8859-10", labels: "latin6 l6 csisolatin6", single: charmap.ISO8859_10},
	{name: "iso-8859-13", labels: "latin7 l7 cp921 28603", single: charmap.ISO8859_13},
	{name: "iso-8859-14", labels: "latin8 l8", single: charmap.ISO8859_14},
	{name: "iso-8859-15", labels: "latin9 latin0 l9 csisolatin9 cp923 28605", single: charmap.ISO8859_15},
	{name: "iso-8859-16", labels: "latin10 l10", single: charmap.ISO8859_16},
	{name: "koi8-r", labels: "koi8 koi cskoi8r cyrillickoi8 20866", single: charmap.KOI8R},
	{name: "koi8-u", labels: "koi8ru cskoi8u 21866", single: charmap.KOI8U},
	{name: "ibm866", labels: "cp866 866 dos866 csibm866 cp808", single: charmap.CodePage866},
	{name: "ibm855", labels: "cp855 855 cp872", single: charmap.CodePage855},
	{name: "ibm850", labels: "cp850 850 dos850 cspc850multilingual", single: charmap.CodePage850},
	{name: "ibm852", labels: "cp852 852 dos852", single: charmap.CodePage852},
	{name: "ibm858", labels: "cp858 858 ibm00858 cp00858", single: charmap.CodePage858},
	{name: "ibm437", labels: "cp437 437 dos437 cspc8codepage437", single: charmap.CodePage437},
	{name: "ibm860", labels: "cp860 860", single: charmap.CodePage860},
	{name: "ibm862", labels: "cp862 862 dos862", single: charmap.CodePage862},
	{name: "ibm863", labels: "cp863 863", single: charmap.CodePage863},
	{name: "ibm865", labels: "cp865 865", single: charmap.CodePage865},
	{name: "macintosh", labels: "macroman xmacroman mac csmacintosh 10000", single: charmap.Macintosh},
	{name: "x-mac-cyrillic", labels: "maccyrillic macukrainian 10007", single: charmap.MacintoshCyrillic},
	{name: "viscii", labels: "viscii111 csviscii", single: &pageVISCII},
	{name: "tcvn", labels: "tcvn5712 tcvn57121 xviettcvn xviettcvn5712", single: &pageTCVN},
	{name: "koi8-t", single: &pageKOI8T},
	{name: "iso-ir-111", labels: "ecmacyrillic koi8e csiso111ecmacyrillic", single: &pageECMACyrillic},
	{name: "kz-1048", labels: "rk1048 strk10482002 cskz1048", single: &pageKZ1048},
	{name: "ptcp154", labels: "pt154 cp154 csptcp154 cyrillicasian", single: &pagePT154},
	{name: "mik", labels: "bulgariamik", single: &pageMIK},
	{name: "armscii-8", labels: "armscii", single: &pageARMSCII},
	{name: "georgian-ps", single: &pageGeorgianPS},
	{name: "georgian-academy", single: &pageGeorgianAcademy},
	{name: "hp-roman8", labels: "roman8 r8 cshproman8", single: &pageRoman8},
	{name: "ibm720", labels: "cp720 720 dos720", single: &page720},
	{name: "ibm737", labels: "cp737 737 dos737", single: &page737},
	{name: "ibm775", labels: "cp775 775 cspc775baltic", single: &page775},
	{name: "ibm856", labels: "cp856 856", single: &page856},
	{name: "ibm857", labels: "cp857 857 dos857", single: &page857},
	{name: "ibm861", labels: "cp861 861 cpis dos861", single: &page861},
	{name: "ibm864", labels: "cp864 864", single: &page864},
	{name: "ibm869", labels: "cp869 869 cpgr dos869", single: &page869},
	{name: "cp1125", labels: "ibm1125 1125 cp866u ruscii cp848", single: &page1125},
	{name: "x-mac-ce", labels: "macce maccentraleurope xmaccentraleurope maccentraleurroman xmaccentraleurroman maclatin2", single: &pageMacCE},
	{name: "x-mac-croatian", labels: "maccroatian", single: &pageMacCroatian},
	{name: "x-mac-greek", labels: "macgreek", single: &pageMacGreek},
	{name: "x-mac-icelandic", labels: "macicelandic maciceland macis", single: &pageMacIcelandic},
	{name: "x-mac-romanian", labels: "macromanian macromania", single: &pageMacRomanian},
	{name: "x-mac-turkish", labels: "macturkish", single: &pageMacTurkish},
	{name: "ibm037", labels: "cp037 037 37 ebcdiccpus ebcdiccpca ebcdiccpwt ebcdiccpnl ebcdicus ebcdic", single: charmap.CodePage037, ebcdic: true},
	{name: "ibm1047", labels: "cp1047 1047 ebcdiclatin1", single: charmap.CodePage1047, ebcdic: true},
	{name: "ibm1140", labels: "cp1140 1140 ibm01140 ccsid01140 ebcdicus37euro", single: charmap.CodePage1140, ebcdic: true},
	{name: "ibm273", labels: "cp273 273 ebcdiccpde", single: &page273, ebcdic: true},
	{name: "ibm277", labels: "cp277 277 ebcdiccpdk ebcdiccpno", single: &page277, ebcdic: true},
	{name: "ibm278", labels: "cp278 278 ebcdiccpfi ebcdiccpse", single: &page278, ebcdic: true},
	{name: "ibm280", labels: "cp280 280 ebcdiccpit", single: &page280, ebcdic: true},
	{name: "ibm284", labels: "cp284 284 ebcdiccpes", single: &page284, ebcdic: true},
	{name: "ibm285", labels: "cp285 285 ebcdiccpgb", single: &page285, ebcdic: true},
	{name: "ibm297", labels: "cp297 297 ebcdiccpfr", single: &page297, ebcdic: true},
	{name: "ibm420", labels: "cp420 420 ebcdiccpar1", single: &page420, ebcdic: true},
	{name: "ibm424", labels: "cp424 424 ebcdiccphe", single: &page424, ebcdic: true},
	{name: "ibm500", labels: "cp500 500 ebcdiccpbe ebcdiccpch", single: &page500, ebcdic: true},
	{name: "ibm870", labels: "cp870 870 ebcdiccproece ebcdiccpyu", single: &page870, ebcdic: true},
	{name: "ibm871", labels: "cp871 871 ebcdiccpis", single: &page871, ebcdic: true},
	{name: "ibm875", labels: "cp875 875", single: &page875, ebcdic: true},
	{name: "ibm880", labels: "cp880 880 ebcdiccyrillic", single: &page880, ebcdic: true},
	{name: "ibm1026", labels: "cp1026 1026", single: &page1026, ebcdic: true},
	{name: "ibm1141", labels: "cp1141 1141 ibm01141", single: &page1141, ebcdic: true},
	{name: "ibm1142", labels: "cp1142 1142 ibm01142", single: &page1142, ebcdic: true},
	{name: "ibm1143", labels: "cp1143 1143 ibm01143", single: &page1143, ebcdic: true},
	{name: "ibm1144", labels: "cp1144 1144 ibm01144", single: &page1144, ebcdic: true},
	{name: "ibm1145", labels: "cp1145 1145 ibm01145", single: &page1145, ebcdic: true},
	{name: "ibm1146", labels: "cp1146 1146 ibm01146", single: &page1146, ebcdic: true},
	{name: "ibm1147", labels: "cp1147 1147 ibm01147", single: &page1147, ebcdic: true},
	{name: "ibm1148", labels: "cp1148 1148 ibm01148", single: &page1148, ebcdic: true},
	{name: "ibm1149", labels: "cp1149 1149 ibm01149", single: &page1149, ebcdic: true},
	{name: "gb18030", labels: "gb2312 gbk gb231280 cp936 ms936 windows936 936 euccn chinese csgb2312 csgb231280 isoir58 cngb gb gb180302000 gb180302005 gb180302022 gb23120 gbk2312 cngb2312 gb13000 zhcneuc zhcngbk zhcn 1381 1383 1386 mswin936 macchinesesimp 51936 54936", double: simplifiedchinese.GB18030},
	{name: "big5", labels: "big5hkscs cp950 ms950 windows950 950 big5tw big5eten cnbig5 csbig5 big5hkscs2004 chinesebig5 big50 ms950hkscs zhtwbig5 macchinesetrad", double: traditionalchinese.Big5},
	{name: "shift_jis", labels: "sjis shiftjis mskanji cp932 ms932 windows31j windows932 932 csshiftjis cswindows31j sjiswin sjismac sjismobile sjisdos sjisjp sjis0213 ms9320213 shiftjisx0213 shiftjis2004 shiftjiswindows pck 943 943c macjapanese", double: japanese.ShiftJIS},
	{name: "euc-jp", labels: "eucjp ujis eucjpms cp51932 cseucpkdfmtjapanese eucjis2004 euc eucj eucjpwin eucjpopen eucjplinux eucjpmobile eucjisx0213 obsoletedeucjp extendedunixcodepackedformatforjapanese 33722 20932 51932", double: japanese.EUCJP},
	{name: "euc-kr", labels: "ksc56011987 ksc56011989 ksc5601 ksx1001 korean euckr cp949 ms949 windows949 949 uhc csksc56011987 cseuckr isoir149 hangul hangeul korea kokreuckr euckr949 ksc58611992 kr mackorean 51949", double: korean.EUCKR},
	{name: "iso-2022-jp", labels: "iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpms cp50220 cp50221 cp50222 csiso2022jp jis cp5022x windowsiso2022jp iso2022jpext iso2022jpmobile jis7 jisencoding junet 50220 50221 50222", whole: readISO2022},
	{name: "iso-2022-kr", labels: "csiso2022kr 50225", whole: readISO2022},
	{name: "iso-2022-cn", labels: "iso2022cnext csiso2022cn", whole: readISO2022},
	{name: "hz-gb-2312", labels: "hz hzgb 52936", whole: readHZ},
	{name: "johab", labels: "cp1361 ms1361 1361 ksc56011992", whole: readJohab},
	{name: "euc-tw", labels: "xeuctw cns11643 zhtweuc", whole: readEUCTW},
	{name: "utf-7", labels: "unicode11utf7 unicode20utf7 csunicode11utf7 utf7imap imap4modifiedutf7 65000", whole: readUTF7},
	{name: "utf-16", labels: "unicode ucs2 iso10646ucs2 csunicode", whole: readUTF16(unicode.BigEndian)},
	{name: "utf-16le", labels: "unicodelittle ucs2le utf16lebom 1200", whole: readUTF16(unicode.LittleEndian)},
	{name: "utf-16be", labels: "unicodebig unicodefffe ucs2be iso10646ucs2be utf16bebom 1201", whole: readUTF16(unicode.BigEndian)},
	{name: "utf-32", labels: "ucs4 iso10646ucs4", whole: readUTF32(utf32.BigEndian)},
	{name: "utf-32le", labels: "ucs4le utf32lebom 12000", whole: readUTF32(utf32.LittleEndian)},
	{name: "utf-32be", labels: "ucs4be utf32bebom 12001", whole: readUTF32(utf32.BigEndian)},
}

// meaningless are labels that programs write where they know nothing, squeezed.
const meaningless = " usascii ascii ansix341968 ansix341986 iso646us isoir6 csascii us unknown8bit xunknown unknown 8bit 7bit binary " +
	"default defaultcharset none null na charset autodetect jisautodetect ascii8bit usascii8bit 20127 utf iso iso8859 en enus de latin xuserdefined userdefined "

// Known says whether a label is of a charset that can be read, or of none: what
// is declared by another one can only be guessed.
func Known(label string) bool {
	squeezed := squeeze(label)
	return squeezed == "" || strings.Contains(meaningless, " "+squeezed+" ") || find(label) != nil
}

// find gives the charset of a label, or nil for one that is unknown, or that
// programs write without meaning it: us-ascii, unknown-8bit, binary.
func find(label string) *charset {
	label = squeeze(label)
	if label == "" {
		return nil
	}
	for i, name := range spellings(label) {
		if i > 0 && name == label {
			continue
		}
		for i := range charsets {
			c := &charsets[i]
			if squeezedTo(c.name, name) {
				return c
			}
			for known := range strings.SplitSeq(c.labels, " ") {
				if known == name {
					return c
				}
			}
		}
	}
	return nil
}

// spellings are a squeezed label and what programs make of such: by a prefix, by
// the number of a code page, by something behind it, by the name of a constant of
// Windows.
func spellings(label string) []string {
	all := []string{label, strings.TrimPrefix(label, "x"), strings.TrimPrefix(label, "xx"), strings.TrimPrefix(label, "cs"), strings.TrimSuffix(label, "charset")}
	for _, prefix := range []string{"windowscp", "windows", "win", "ansi", "xwindows", "xibm", "ibm", "cp", "ms"} {
		if page, ok := strings.CutPrefix(label, prefix); ok && page != "" && page[0] >= '0' && page[0] <= '9' {
			all = append(all, "windows"+page, "cp"+page, page)
		}
	}
	for _, family := range []string{"iso8859", "8859", "utf8", "windows125"} { // iso-8859-15-fr, utf-8-sig
		if number, ok := strings.CutPrefix(label, family); ok {
			digits := len(number) - len(strings.TrimLeft(number, "0123456789"))
			all = append(all, family+number[:digits], "iso"+family+number[:digits])
		}
	}
	return all
}

// named gives the charset of one of our own names.
func named(name string) *charset {
	for i := range charsets {
		if charsets[i].name == name {
			return &charsets[i]
		}
	}
	return nil
}

// squeezedTo says whether name without its hyphens is squeezed.
func squeezedTo(name, squeezed string) bool {
	n := 0
	for i := range len(name) {
		if name[i] == '-' {
			continue
		}
		if n >= len(squeezed) || squeezed[n] != name[i] {
			return false
		}
		n++
	}
	return n == len(squeezed)
}

// squeeze reduces a label to its letters and digits, since programs agree on
// nothing else in it, and drops what does not belong to it.
func squeeze(label string) string {
	label = strings.ToLower(strings.Trim(label[:min(len(label), 100)], " \t\r\n\"'<>=;,"))
	if after, ok := strings.CutPrefix(label, "charset"); ok {
		label = strings.TrimLeft(after, " \t\"'=")
	}
	label = strings.Replace(label, "10646/", "10646-", 1)
	if i := strings.IndexAny(label, "\"';,()<>*\\/#\r\n\x00"); i >= 0 {
		label = label[:i]
	}
	// "utf-8 (x)", but "utf 8" as well.
	if words := strings.Fields(label); len(words) > 1 && find1(words[0]) {
		label = words[0]
	}
	// iso_8859-1:1987
	if name, year, ok := strings.Cut(label, ":"); ok && len(year) == 4 {
		label = name
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, label)
}

// find1 says whether one word is a whole label.
func find1(word string) bool { return strings.ContainsAny(word, "0123456789") }
