package speech

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sangto/viet"
)

// Vietnamese writes 1.200.000 and 4,3.
const (
	viNumber = `\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)*`
	viRange  = `(?:` + viNumber + `)(?:\s?[-–—]\s?(?:` + viNumber + `))?`
	viScale  = `(?:\s(?:nghìn|ngàn|triệu|tỷ|tỉ)(?:\s(?:tỷ|tỉ))?)?`
)

// vietnamese lists the rules in order: what looks like several things is taken
// for the first of them.
func vietnamese(t *tongue) []rule {
	re := regexp.MustCompile
	units, money := forms(t.unit), forms(t.money)
	return []rule{
		links("địa chỉ ghi trong bài"),
		// A decree: its number and its year; what stands behind them is an office
		// in capitals.
		{re(`(\d+)/(\d{4})/[\p{Lu}][\p{L}-]*`), func(m match) (string, bool) {
			said := viet.SayNumber(m.group[1]) + " năm " + viet.SayNumber(m.group[2])
			if m.previous() != "số" {
				said = "số " + said
			}
			return said, m.alone()
		}},
		{re(`(` + money + `)\s?(` + viRange + `)(` + viScale + `)`), func(m match) (string, bool) {
			return viRanged(m.group[2]) + m.group[3] + " " + t.money[m.group[1]].many, m.alone()
		}},
		shorts(t),
		{re(`(?i)(thế kỷ|quý|khóa|khoá|chương|phần|đại hội|kỳ|tập|loại|cấp|bậc|lần thứ) ([XVI]+)\b`), viRoman},
		{re(`(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})`), func(m match) (string, bool) {
			return viDate(m, m.group[1], m.group[2], m.group[3])
		}},
		{re(`(\d{4})-(\d{2})-(\d{2})`), func(m match) (string, bool) {
			return viDate(m, m.group[3], m.group[2], m.group[1])
		}},
		{re(`(\d{1,2})/(\d{4})`), viMonth},
		{re(`(\d{1,2})/(\d{1,2})(?:\s?[-–—]\s?(\d{1,2})/(\d{1,2}))?`), viDayMonth},
		{re(`(\d{1,2})(?::|h|g)(\d{2})(?::\d{2})?(?:\s?giờ)?`), func(m match) (string, bool) {
			if small(m.group[1]) > 24 || small(m.group[2]) > 59 || !m.alone() {
				return "", false
			}
			said := viet.SayNumber(m.group[1]) + " giờ"
			if m.group[2] != "00" {
				said += " " + viet.SayNumber(m.group[2])
			}
			return said, true
		}},
		{re(`(-?)(` + viRange + `)\s?(` + units + `|` + money + `)(?:/(` + units + `))?`), func(m match) (string, bool) {
			return viUnit(t, m)
		}},
		{re(`(` + viRange + `)/(` + units + `)`), func(m match) (string, bool) {
			return viRanged(m.group[1]) + " mỗi " + t.unit[m.group[2]].many, m.alone()
		}},
		// A price or a rate without its number before it.
		{re(`(\p{L}+)/(` + units + `)`), func(m match) (string, bool) {
			return m.group[1] + " mỗi " + t.unit[m.group[2]].many, m.alone()
		}},
		{re(viNumber + `(?:\s?[-–—]\s?(?:` + viNumber + `))`), func(m match) (string, bool) {
			return viRanged(m.group[0]), m.alone()
		}},
		{re(`(` + viNumber + `)/(` + viNumber + `)`), viRatio},
		{re(`-?(?:` + viNumber + `)`), viPlain},
		symbols(map[string]string{
			"&": "và", "+": "cộng", "=": "bằng", "<": "nhỏ hơn", ">": "lớn hơn", "≤": "không quá", "≥": "ít nhất",
			"±": "cộng trừ", "×": "nhân", "~": "khoảng", "≈": "khoảng", "%": "phần trăm", "/": "", "\\": "", "|": "",
			"(": ",", ")": ",", "[": ",", "]": ",", "*": "", "_": "", "#": "", "•": "", "→": "đến",
		}),
	}
}

func viRoman(m match) (string, bool) {
	n := roman(m.group[2])
	if n == 0 {
		return "", false
	}
	said := viet.SayNumber(strconv.Itoa(n))
	switch {
	case strings.HasSuffix(strings.ToLower(m.group[1]), "quý") && n == 1:
		said = "một"
	case strings.HasSuffix(strings.ToLower(m.group[1]), "quý") && n == 4:
		said = "tư"
	}
	return m.group[1] + " " + said, true
}

// hours are the words before a day that make "ngày" one too many.
func dayBefore(word string) bool {
	return slices.Contains([]string{"ngày", "đêm", "sáng", "trưa", "chiều", "tối", "khuya", "hôm", "mùng", "mồng", "rạng"}, strings.TrimRight(word, ","))
}

// viDay says a day and a month, and what leads to them.
func viDay(before, day, month string) string {
	said := viet.SayNumber(day) + " tháng " + viMonthName(month)
	if !dayBefore(before) {
		said = "ngày " + said
	}
	return said
}

// viMonthName: the fourth month is said tư.
func viMonthName(month string) string {
	if small(month) == 4 {
		return "tư"
	}
	return viet.SayNumber(month)
}

func viDate(m match, day, month, year string) (string, bool) {
	if !dayMonth(day, month) || !m.alone() {
		return "", false
	}
	return viDay(m.previous(), day, month) + " năm " + viet.SayNumber(year), true
}

func viMonth(m match) (string, bool) {
	if n := small(m.group[1]); n < 1 || n > 12 || small(m.group[2]) < 1000 || !m.alone() {
		return "", false
	}
	said := viMonthName(m.group[1]) + " năm " + viet.SayNumber(m.group[2])
	if m.previous() != "tháng" {
		said = "tháng " + said
	}
	return said, true
}

// viDayMonth takes 15/6 for a day, and so 3/4 where a word before it leads to
// one; otherwise small numbers with a smaller one first are a part.
func viDayMonth(m match) (string, bool) {
	if !m.alone() || !dayMonth(m.group[1], m.group[2]) {
		return "", false
	}
	leads := dayBefore(m.previous()) || slices.Contains([]string{"từ", "đến", "tới", "trước", "sau", "lô", "và", "kể", "qua"}, m.previous())
	first, second := small(m.group[1]), small(m.group[2])
	if m.group[3] == "" && !leads && first < second && second <= 10 {
		return "", false
	}
	said := viDay(m.previous(), m.group[1], m.group[2])
	if m.group[3] == "" {
		return said, true
	}
	if !dayMonth(m.group[3], m.group[4]) {
		return "", false
	}
	return said + " đến " + viDay("", m.group[3], m.group[4]), true
}

func viUnit(t *tongue, m match) (string, bool) {
	form := m.group[3]
	one, ok := t.unit[form]
	if !ok {
		one = t.money[form]
	}
	letters := wordy([]rune(form)[len([]rune(form))-1])
	if !m.starts() || letters && !m.ends() {
		return "", false
	}
	said := viRanged(m.group[2]) + " " + one.many
	if m.group[1] != "" {
		said = "âm " + said
	}
	if m.group[4] != "" {
		said += " một " + t.unit[m.group[4]].many
	}
	return said, true
}

// viRanged says a number, or one and another.
func viRanged(s string) string {
	at := strings.IndexAny(s, "-–—")
	if at < 0 {
		return viSay(s)
	}
	to := strings.TrimLeft(s[at:], "-–— ")
	return viSay(strings.TrimSpace(s[:at])) + " đến " + viSay(to)
}

var (
	viThousands = regexp.MustCompile(`^\d{1,3}(?:\.\d{3})+$`)
	manyCommas  = regexp.MustCompile(`^\d{1,3}(?:,\d{3}){2,}$`)
)

// viSay says a number as it is written.
func viSay(s string) string {
	whole, fraction, decimal := strings.Cut(s, ",")
	switch {
	case manyCommas.MatchString(s):
		return viet.SayNumber(digitsOnly(s))
	case viThousands.MatchString(whole) && strings.Trim(fraction, "0123456789") == "":
		whole = digitsOnly(whole)
	case strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "":
		return viParts(s)
	}
	switch {
	case decimal:
		return viet.SayDecimal(whole, fraction)
	case len(whole) > 1 && whole[0] == '0':
		return viet.SayDigits(whole)
	}
	return viet.SayNumber(whole)
}

// viParts says a number of several parts, such as that of a version.
func viParts(s string) string {
	var words []string
	for i, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == ',' }) {
		if i > 0 {
			words = append(words, "chấm")
		}
		words = append(words, viSay(part))
	}
	return strings.Join(words, " ")
}

// viRatio says what is left of numbers with a stroke between them.
func viRatio(m match) (string, bool) {
	a, b := small(m.group[1]), small(m.group[2])
	if a >= 1 && b >= 2 && b <= 10 && a < b {
		name := viet.SayNumber(m.group[2])
		if b == 4 {
			name = "tư"
		}
		return viet.SayNumber(m.group[1]) + " phần " + name, true
	}
	return viSay(m.group[1]) + " trên " + viSay(m.group[2]), true
}

// viPlain says a number that stands for itself. One that is called is said
// digit by digit.
func viPlain(m match) (string, bool) {
	number, minus := strings.CutPrefix(m.group[0], "-")
	said := viSay(number)
	if called(m, number) {
		said = viet.SayDigits(number)
	}
	switch {
	case !minus:
		return said, true
	case m.starts():
		return "âm " + said, true
	}
	return " " + said, true
}

// calling finds that what comes next is a telephone number.
var calling = regexp.MustCompile(`(?i)(?:gọi|gọi tới|gọi đến|gọi số|điện thoại|tổng đài|đường dây nóng|hotline|số máy|call|dial|phone|hotline)(?: số| ngay| cho)?(?: [\p{L}\d ]{3,40}(?:,| hoặc| hay| và| or))? ?$`)

// called tells a telephone number: a short or long row of digits after a word
// for calling, or one that begins as only such do.
func called(m match, number string) bool {
	if strings.Trim(number, "0123456789") != "" {
		return false
	}
	if len(number) >= 8 && (number[0] == '0' || strings.HasPrefix(number, "1800") || strings.HasPrefix(number, "1900")) {
		return true
	}
	return len(number) >= 3 && calling.MatchString(m.before[max(0, len(m.before)-80):])
}
