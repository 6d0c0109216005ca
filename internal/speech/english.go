package speech

import (
	"regexp"
	"slices"
	"strings"
)

// English writes 1,200,000 and 4.3.
const (
	enNumber = `\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*`
	enRange  = `(?:` + enNumber + `)(?:\s?[-–—]\s?(?:` + enNumber + `))?`
	enScale  = `(?:\s(?:thousand|million|billion|trillion))?`
	enMonths = `January|February|March|April|May|June|July|August|September|October|November|December`
)

// english lists the rules in order. Days are read day first, as the desk's own
// dates are written.
func english(t *tongue) []rule {
	re := regexp.MustCompile
	units, money := forms(t.unit), forms(t.money)
	months := strings.Split(enMonths, "|")
	return []rule{
		links("the address given in the text"),
		{re(`(` + money + `)\s?(` + enRange + `)(` + enScale + `)`), func(m match) (string, bool) {
			return enMoney(t.money[m.group[1]], m.group[2], m.group[3]), m.alone()
		}},
		shorts(t),
		{re(`(\d{1,2})(?:st|nd|rd|th)? (` + enMonths + `)(?:,? (\d{4}))?`), func(m match) (string, bool) {
			return enDate(m, m.group[1], m.group[2], m.group[3])
		}},
		{re(`(` + enMonths + `) (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?`), func(m match) (string, bool) {
			return enDate(m, m.group[2], m.group[1], m.group[3])
		}},
		{re(`(\d{1,2})[/.](\d{1,2})[/.](\d{4})`), func(m match) (string, bool) {
			if !dayMonth(m.group[1], m.group[2]) {
				return "", false
			}
			return enDate(m, m.group[1], months[small(m.group[2])-1], m.group[3])
		}},
		{re(`(\d{4})-(\d{2})-(\d{2})`), func(m match) (string, bool) {
			if !dayMonth(m.group[3], m.group[2]) {
				return "", false
			}
			return enDate(m, m.group[3], months[small(m.group[2])-1], m.group[1])
		}},
		{re(`(?i)(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?`), func(m match) (string, bool) {
			return enClock(m, m.group[1], m.group[2], strings.ToLower(m.group[3])+".m.")
		}},
		{re(`(\d{1,2}):(\d{2})(?::\d{2})?`), func(m match) (string, bool) {
			return enClock(m, m.group[1], m.group[2], "")
		}},
		{re(`(` + enRange + `)(` + enScale + `)\s(` + money + `)`), func(m match) (string, bool) {
			return enMoney(t.money[m.group[3]], m.group[1], m.group[2]), m.alone()
		}},
		{re(`(\d{1,4}0)s\b`), enDecade},
		{re(`(-?)(` + enRange + `)[\s-]?(` + units + `)(?:/(` + units + `))?`), func(m match) (string, bool) {
			return enUnit(t, m)
		}},
		{re(`(\d+)(st|nd|rd|th)\b`), func(m match) (string, bool) { return enOrdinal(m.group[1]), m.starts() }},
		{re(`(\d{4})\s?[-–—]\s?(\d{4}|\d{2})`), enYears},
		{re(enNumber + `(?:\s?[-–—]\s?(?:` + enNumber + `))`), func(m match) (string, bool) {
			return enRanged(m.group[0]), m.alone()
		}},
		{re(`(` + enNumber + `)/(` + enNumber + `)`), enRatio},
		{re(`-?(?:` + enNumber + `)`), enPlain},
		symbols(map[string]string{
			"&": "and", "+": "plus", "=": "equals", "<": "less than", ">": "more than", "≤": "at most", "≥": "at least",
			"±": "plus or minus", "×": "times", "~": "about", "≈": "about", "%": "per cent", "/": "", "\\": "", "|": "",
			"(": ",", ")": ",", "[": ",", "]": ",", "*": "", "_": "", "#": "", "•": "", "→": "to",
		}),
	}
}

func enOnes() []string {
	return []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
}

func enTens() []string {
	return []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
}

// enScales are the short scale, by groups of three.
func enScales() []string {
	return []string{"", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"}
}

// enCardinal says a whole number, digit by digit beyond the quintillions.
func enCardinal(digits string) string {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return "zero"
	}
	if len(digits) > 21 {
		return enDigits(digits)
	}
	var parts []string
	for len(digits) > 0 {
		groups := (len(digits) - 1) / 3
		cut := len(digits) - 3*groups
		n := small(digits[:cut])
		digits = digits[cut:]
		if n == 0 {
			continue
		}
		said := enHundreds(n)
		if groups == 0 && n < 100 && len(parts) > 0 {
			said = "and " + said
		}
		if groups > 0 {
			said += " " + enScales()[groups]
		}
		parts = append(parts, said)
	}
	return strings.Join(parts, " ")
}

// enHundreds says 1 to 999.
func enHundreds(n int) string {
	said := ""
	if n >= 100 {
		said = enOnes()[n/100] + " hundred"
		n %= 100
		if n == 0 {
			return said
		}
		said += " and "
	}
	if n < 20 {
		return said + enOnes()[n]
	}
	said += enTens()[n/10]
	if n%10 != 0 {
		said += "-" + enOnes()[n%10]
	}
	return said
}

func enDigits(digits string) string {
	var words []string
	for _, c := range []byte(digits) {
		words = append(words, enOnes()[c-'0'])
	}
	return strings.Join(words, " ")
}

// enYear says a year: twenty twenty-six, nineteen oh five, two thousand and six.
func enYear(year string) string {
	n := small(year)
	if n < 1100 || n > 2999 || n%1000 < 10 {
		return enCardinal(year)
	}
	head, tail := enHundreds(n/100), n%100
	switch {
	case tail == 0:
		return head + " hundred"
	case tail < 10:
		return head + " oh " + enOnes()[tail]
	}
	return head + " " + enHundreds(tail)
}

// enOrdinal says a place in an order.
func enOrdinal(digits string) string {
	said := enCardinal(digits)
	cut := strings.LastIndexAny(said, " -") + 1
	last := said[cut:]
	if irregular := map[string]string{
		"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
	}[last]; irregular != "" {
		return said[:cut] + irregular
	}
	if stem, ok := strings.CutSuffix(last, "y"); ok {
		return said[:cut] + stem + "ieth"
	}
	return said + "th"
}

func enDate(m match, day, month, year string) (string, bool) {
	if n := small(day); n < 1 || n > 31 || !m.alone() {
		return "", false
	}
	said := enOrdinal(day) + " of " + month
	if m.previous() != "the" {
		said = "the " + said
	}
	if year != "" {
		said += " " + enYear(year)
	}
	return said, true
}

func enClock(m match, hour, minute, half string) (string, bool) {
	h, min := small(hour), small(minute)
	if h > 24 || min > 59 || !m.starts() || half == "" && !m.ends() {
		return "", false
	}
	if h > 12 && half == "" {
		h, half = h-12, "p.m."
		if h == 12 {
			h, half = 12, "midnight"
		}
	}
	said := "twelve"
	if h > 0 {
		said = enHundreds(h)
	}
	switch {
	case min > 9:
		said += " " + enHundreds(min)
	case min > 0:
		said += " oh " + enOnes()[min]
	case half == "":
		said += " o'clock"
	}
	if half != "" {
		said += " " + half
	}
	return said, true
}

// enMoney says an amount; cents are a part of it, not a fraction.
func enMoney(name word, amount, scale string) string {
	whole, fraction, ok := strings.Cut(amount, ".")
	if ok && scale == "" && len(fraction) == 2 && strings.Trim(whole, "0123456789,") == "" && name.one != "dong" && name.one != "yen" {
		said := enSay(whole) + " " + name.of(whole)
		if fraction != "00" {
			said += " " + enCardinal(fraction)
		}
		return said
	}
	if scale != "" {
		return enRanged(amount) + scale + " " + name.many
	}
	return enRanged(amount) + " " + name.of(amount)
}

func enUnit(t *tongue, m match) (string, bool) {
	form := []rune(m.group[3])
	if !m.starts() || wordy(form[len(form)-1]) && !m.ends() {
		return "", false
	}
	said := enRanged(m.group[2]) + " " + t.unit[m.group[3]].of(m.group[2])
	if m.group[1] != "" {
		said = "minus " + said
	}
	if m.group[4] != "" {
		said += " per " + t.unit[m.group[4]].one
	}
	return said, true
}

func enDecade(m match) (string, bool) {
	said := enCardinal(m.group[1])
	if len(m.group[1]) == 4 {
		said = enYear(m.group[1])
	}
	if stem, ok := strings.CutSuffix(said, "y"); ok {
		return stem + "ies", m.starts()
	}
	return said + "s", m.starts()
}

// enYears says from one year to another, and the two-digit ends of school years.
func enYears(m match) (string, bool) {
	a, b := small(m.group[1]), small(m.group[2])
	if !m.alone() || a < 1500 || a > 2100 || len(m.group[2]) == 4 && (b < a || b > 2100) || len(m.group[2]) == 2 && b != (a+1)%100 {
		return "", false
	}
	if len(m.group[2]) == 2 {
		return enYear(m.group[1]) + " to " + enCardinal(m.group[2]), true
	}
	return enYear(m.group[1]) + " to " + enYear(m.group[2]), true
}

// enRanged says a number, or one and another.
func enRanged(s string) string {
	at := strings.IndexAny(s, "-–—")
	if at < 0 {
		return enSay(s)
	}
	return enSay(strings.TrimSpace(s[:at])) + " to " + enSay(strings.TrimLeft(s[at:], "-–— "))
}

// enSay says a number as it is written.
func enSay(s string) string {
	s = strings.ReplaceAll(s, ",", "")
	parts := strings.Split(s, ".")
	if len(parts) == 1 && len(s) > 1 && s[0] == '0' {
		return enDigits(s)
	}
	said := enCardinal(parts[0])
	for _, part := range parts[1:] {
		said += " point " + enDigits(part)
	}
	return said
}

func enRatio(m match) (string, bool) {
	a, b := small(m.group[1]), small(m.group[2])
	if a >= 1 && b >= 2 && b <= 10 && a < b {
		part := enOrdinal(m.group[2])
		switch b {
		case 2:
			part = "half"
		case 4:
			part = "quarter"
		}
		if a > 1 {
			part += "s"
		}
		return enCardinal(m.group[1]) + " " + part, true
	}
	return enSay(m.group[1]) + " out of " + enSay(m.group[2]), true
}

// enPlain says a number that stands for itself: one that is called is said
// digit by digit, four digits after a word of time are a year.
func enPlain(m match) (string, bool) {
	number, minus := strings.CutPrefix(m.group[0], "-")
	said := enSay(number)
	switch {
	case called(m, number):
		said = enDigits(number)
	case len(number) == 4 && number[0] != '0' && strings.Trim(number, "0123456789") == "" && slices.Contains(yearBefore(), strings.Trim(m.previous(), ",(")):
		said = enYear(number)
	}
	if minus && m.starts() {
		return "minus " + said, true
	}
	if minus {
		return " " + said, true
	}
	return said, true
}

func yearBefore() []string {
	return append([]string{
		"in", "since", "until", "by", "from", "to", "of", "during", "before", "after", "year", "early", "mid", "late", "and", "for", "all", "the",
	}, strings.Split(strings.ToLower(enMonths), "|")...)
}
