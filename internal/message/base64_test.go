package message

import (
	"bytes"
	"encoding/base64"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// What encoders write comes back, whatever was encoded and however long their
// lines are, each encoded for itself or all together: a guess at text around it
// costs nobody a letter.
func TestBase64IsNeverTakenForText(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- for a test
	texts := []string{
		"Hello, this is an ordinary message with some words in it. ", "OK", "Yes, thanks!\r\n", "Invoice\r\n",
		"会议通知：请于周五下午三点到会议室参加项目评审，谢谢。", "收到", "谢谢！\r\n", "王",
		"こんにちは、お見積りの件でご連絡いたしました。", "了解です\r\n",
		"Уважаемые коллеги, сообщаем о собрании. ", "Да",
		"Größe und Maße, Übermaß – “quoted” text… ",
		"안녕하세요, 회의는 금요일입니다.",
		"<html><body><p>one</p><p>two &amp; three</p></body></html>\r\n",
		"a\r\nb\r\nc\r\n\r\n", "aaaaaaaaaaaaaaaaaaaaaaaa", "0123456789", "%PDF-1.4 \\x{}[]|~^", "https://example.org/a?b=c&d=e\r\n",
	}
	encoders := map[string]encoding.Encoding{
		"utf-8": encoding.Nop, "gbk": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5, "euc-kr": korean.EUCKR, "koi8-r": charmap.KOI8R,
		"shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "iso-2022-jp": japanese.ISO2022JP, "hz-gb-2312": simplifiedchinese.HZGB2312,
		"windows-1251": charmap.Windows1251, "iso-8859-1": charmap.Windows1252,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "": encoding.Nop,
		"unknown-8bit": simplifiedchinese.GB18030,
	}
	for _, name := range slices.Sorted(maps.Keys(encoders)) {
		for range 1000 {
			var text strings.Builder
			for n := 1 + random.IntN(4); n > 0; {
				one := texts[random.IntN(len(texts))]
				if encoded, err := encoders[name].NewEncoder().String(one); err == nil { // the charset has it
					text.WriteString(encoded)
					n--
				}
			}
			raw := []byte(text.String())
			raw = raw[:min(len(raw), 1+random.IntN(400))]
			length := []int{76, 72, 64, 60, 40, 75, 77, 1000, 4, 8, 11, 12, 20, 24, 32, 36}[random.IntN(16)]
			piece := len(raw) // of what is encoded at once
			if random.IntN(3) == 0 {
				piece = []int{3, 6, 9, 15, 30, 45, 10, 57}[random.IntN(8)]
			}
			var body bytes.Buffer
			for part := range slices.Chunk(raw, max(piece, 1)) {
				line := base64.StdEncoding.EncodeToString(part)
				for i := 0; i < len(line); i += length {
					body.WriteString(line[i:min(i+length, len(line))] + "\n")
				}
			}
			p := newPart(fields{{name: "content-type", value: []byte("text/plain; charset=" + name)}, {name: "content-transfer-encoding", value: []byte("base64")}}, "text/plain")
			p.body = body.Bytes()
			if got := p.raw(); !bytes.Equal(got, raw) {
				t.Fatalf("seed %d, %s, pieces of %d, lines of %d: %q\nbecame %q\nfrom %s", seed, name, piece, length, raw, got, &body)
			}
		}
	}
}
