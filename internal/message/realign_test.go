package message

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// A line of base64 that has lost a digit, or got one, or has something else in
// the place of one, costs some characters, and no others.
func TestBase64LosesWhatIsDamaged(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- for a test
	for _, text := range []struct {
		charset string
		encoding.Encoding
		text string
	}{
		{"utf-8", encoding.Nop, "会议通知：请于周五下午三点到会议室参加项目评审，并带上上个季度的报表。收到请回复，谢谢！如有问题请联系我。"},
		{"gb2312", simplifiedchinese.GBK, "会议通知：请于周五下午三点到会议室参加项目评审，并带上上个季度的报表。收到请回复，谢谢！如有问题请联系我。"},
		{"shift_jis", japanese.ShiftJIS, "こんにちは、お見積りの件でご連絡いたしました。ご確認のほどよろしくお願いいたします。"},
		{"utf-8", encoding.Nop, "Hello Anna,\nthe meeting is at three on Friday, and please bring the figures of the last quarter with you.\n"},
		{"", encoding.Nop, "Grüße aus Köln,\ndas Treffen ist am Freitag um drei, bitte bringen Sie die Zahlen des letzten Quartals mit.\n"},
	} {
		for range 25 {
			want := strings.Repeat(text.text, 1+random.IntN(4)) + strings.Repeat("x", random.IntN(3))
			raw, err := text.NewEncoder().String(want)
			if err != nil {
				t.Fatal(err)
			}
			coded := base64.StdEncoding.EncodeToString([]byte(raw))
			var lines []string
			for line := range slices.Chunk([]byte(coded), 76) {
				lines = append(lines, string(line))
			}
			if len(lines) < 2 {
				continue
			}
			hit := random.IntN(len(lines) - 1)
			at, stray := random.IntN(76), []string{"", "!", "Q", "!!", "QX"}[random.IntN(5)]
			line := lines[hit]
			switch taken := random.IntN(2); {
			case stray == "": // lost
				lines[hit] = line[:at] + line[at+1:]
			case stray == "!" && taken == 1: // replaced
				lines[hit] = line[:at] + stray + line[at+1:]
			default: // added
				lines[hit] = line[:at] + stray + line[at:]
			}
			p := newPart(fields{{name: "content-type", value: []byte("text/plain; charset=" + text.charset)}, {name: "content-transfer-encoding", value: []byte("base64")}}, "text/plain")
			p.body = []byte(strings.Join(lines, "\n") + "\n")
			got := p.raw()
			same := 0 // from the beginning, and from the end
			for same < min(len(got), len(raw)) && got[same] == raw[same] {
				same++
			}
			for n := 1; n <= min(len(got), len(raw)) && got[len(got)-n] == raw[len(raw)-n]; n++ {
				same++
			}
			most := 12
			if text.Encoding != encoding.Nop {
				most = 30 // what is torn reads as other characters
			}
			if len(raw)-same > most {
				t.Errorf("seed %d, %s: %d octets lost by %q at %d of line %d of %d: %q", seed, text.charset, len(raw)-same, stray, at, hit, len(lines), bytes.ToValidUTF8(got, []byte("?")))
			}
		}
	}
}
