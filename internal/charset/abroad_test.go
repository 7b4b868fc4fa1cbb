package charset

import (
	"slices"
	"testing"
)

// Where letters of Turkey, Central Europe and the Baltic are declared as
// ISO-8859-1, those that speak strongly are read. A counter that may only rise.
func TestDeclaredWest(t *testing.T) {
	const reached = 131
	right, all := 0, 0
	for _, s := range slices.Concat(subjects(t, "subjects.tsv"), subjects(t, "unseen.tsv")) {
		text, used := Decode(s.octets, "iso-8859-1", Hints{})
		switch {
		case s.charset == "windows-1252":
			if text != s.text {
				t.Errorf("%s, rightly declared, became %s in %s", s.text, text, used)
			}
		case slices.Contains(latins, s.charset):
			if all++; text == s.text {
				right++
			} else {
				t.Logf("%s: %s in %s became %s in %s", s.language, s.text, s.charset, text, used)
			}
		}
	}
	t.Logf("%d of %d", right, all)
	if right < reached {
		t.Errorf("%d right, have been %d", right, reached)
	}
}

// Texts of several sentences are read.
func TestDeclaredWestTexts(t *testing.T) {
	for _, test := range []struct{ charset, text string }{
		{"windows-1254", "şu işi görüşelim"},
		{"windows-1254", "Merhaba, toplantı yarın saat onda başlıyor. Lütfen dosyaları getirmeyi unutmayın. Teşekkürler, Ayşe"},
		{"windows-1254", "İyi günler, siparişiniz kargoya verilmiştir.\nTeşekkür ederiz."},
		{"windows-1250", "Proszę przesłać fakturę. Zażółć gęślą jaźń, dziękuję."},
		{"iso-8859-2", "Proszę przesłać fakturę. Zażółć gęślą jaźń, dziękuję."},
		{"windows-1250", "Dobrý den, děkujeme za objednávku. Zboží odešleme příští týden, přibližně v úterý."},
		{"iso-8859-2", "Dobrý den, děkujeme za objednávku. Zboží odešleme příští týden, přibližně v úterý."},
		{"windows-1250", "Tisztelt Ügyfelünk! A következő időpontot foglaltuk le: hétfő, délelőtt. Kérjük, erősítse meg, hogy ez megfelelő-e önnek. Előre is köszönjük, a gyűlésen sűrűn előfordulnak késések."},
		{"windows-1250", "Bună ziua, vă mulţumim că aţi ales serviciile noastre. Aşteptăm răspunsul dumneavoastră pînă mîine."},
		{"windows-1257", "Laba diena, siunčiame jums sąskaitą už lapkričio mėnesį. Prašome apmokėti iki gruodžio, ačiū."},
		{"windows-1257", "Labdien, nosūtām rēķinu par novembri. Lūdzam apmaksāt līdz mēneša beigām, paldies."},
	} {
		if text, used := Decode([]byte(in(t, test.charset, test.text)), "iso-8859-1", Hints{}); text != test.text {
			t.Errorf("%s in %s became %s in %s", test.text, test.charset, text, used)
		}
	}
}

// What is declared rightly holds, in languages that no table knows, too.
func TestDeclaredWestHolds(t *testing.T) {
	for _, text := range []string{
		"Það er gott að heyra frá þér. Ég þarf að fara á fund á morgun, en við getum hist síðar í vikunni.", "Þór Æðalsteinn Ýmisson", "Þú ert bestur, Davíð!", "ÞJÓÐLEIKHÚSIÐ", "Ðe", "þe",
		"Góðan dag! Hvussu gongur? Eg eri føddur í Føroyum og búgvi nú í Tórshavn, har sum tað regnar ógvuliga nógv.", "Við vón um eitt gott svar. Vinarliga, Jóannes við Ánir",
		"In þe bigynnyng was þe word, and þe word was at God, and God was þe word.", "Hwæt! We Gardena in geardagum, þeodcyninga, þrym gefrunon, hu ða æþelingas ellen fremedon.",
		"Tha mi à Glaschu. Càit a bheil thu a' fuireach? Mòran taing, gura math thèid leat.", "Mwen pè, kòman ou rele? Jodi a se fèt mwen, vini non. Mèsi anpil pou tout bèl kado yo, frè m.",
		"Bon vèspre, cossí va? Lo dròlle es pas encara arribat, benlèu que l'ai pas ausit.", "Përshëndetje, është mirë që erdhët. Çdo ditë punojmë për ju, faleminderit shumë.",
		"Moien, wéi geet et? Mir hunn den Deg gär zu Lëtzebuerg; Äre Rapport ass nach net fäerdeg.", "Goeiemôre, hoe gaan dit? Ek sê net nee nie, maar ek wil graag wêreld toe gaan.",
		"Penaos emañ kont? Brezhoneg a ran-me, ha c'hwi? Trugarez vras deoc'h, ar vugale a zo aet d'ar skol.", "Sûkerbôle, wêr is dyn heit? Hy is nei hûs gien, en wy binne dêr moarn ek.",
		"25 °C ± 2 °C, 10 m², 3³ = 27, ½ Tasse, µm", "¿Qué tal? ¡Hola! 1º piso, 2ª puerta, Nº 5", "« Été » — ça va", "São João, mãe, coração, avô, põe, limões", "Iñárritu, Ñuñoa, pingüino", "L·lull, això és, però",
		"Perché è così? Sarà più tardi, lunedì c'è la città.", "õun, töö, ära, võõras, jõe ääres", "hääyöaie", "rødgrød med fløde på, blåbærsyltetøy", "Žižek", "L’œuvre de Louÿs à L'Haÿ", "coöperatie, reünie, één",
		"© 2026 Müller® GmbH · Preis: 5 £ / 500 ¥ / 7 ¢", "x² + y² = z²; a³", "Größe: 5×7, 3÷4, ¼, ¾", "¶ § 5 Abs. 2", "naïve café", "MÜLLER STRAßE ÄÖÜ", "FRANÇAIS À L'ÉTRANGER", "Nuñez ¹ ² ³ ª º", "Ælfrēd"[:2] + "lfred", "Ñandutí, avañe'e", "¬ a ¦ b", "þ", "ý", "Ý", "Antonín Dvorák, Leos Janácek, dobrý den", "José Ángel Gutiérrez", "Søren Kierkegård, Åse Bjørnsøn", "Hraði, fræði, þingið",
	} {
		if got, used := Decode([]byte(in(t, "windows-1252", text)), "iso-8859-1", Hints{}); got != text {
			t.Errorf("%s became %s in %s", text, got, used)
		}
	}
}
