package viet

import "strings"

// digitNames are the digits as they are read one by one.
func digitNames() [10]string {
	return [10]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}
}

// numberMax is the most digits that SayNumber reads as a quantity: tỷ tỷ is the
// last scale anybody says.
const numberMax = 27

// SayNumber reads a whole number, given as ASCII digits, the way it is said in the
// standard of broadcasting: mười lăm, hai mươi mốt, một trăm linh năm, một
// triệu không trăm linh một nghìn, năm tỷ. Zeros in front are not said. What is
// longer than 27 digits is read digit by digit. It returns "" for anything but
// digits.
func SayNumber(digits string) string {
	if !allDigits(digits) {
		return ""
	}
	trimmed := strings.TrimLeft(digits, "0")
	switch {
	case trimmed == "":
		return digitNames()[0]
	case len(trimmed) > numberMax:
		return SayDigits(trimmed)
	}
	return strings.Join(appendNumber(nil, trimmed, false), " ")
}

// SayDigits reads ASCII digits one by one, as a telephone number is read. It
// returns "" for anything but digits.
func SayDigits(digits string) string {
	if !allDigits(digits) {
		return ""
	}
	names := digitNames()
	words := make([]string, len(digits))
	for i := range len(digits) {
		words[i] = names[digits[i]-'0']
	}
	return strings.Join(words, " ")
}

// SayDecimal reads a number with a fraction, each given as ASCII digits: bốn phẩy
// ba, không phẩy không năm. A fraction of more than two digits, or one that
// begins with a zero, is read digit by digit. It returns "" for anything but
// digits.
func SayDecimal(whole, fraction string) string {
	if !allDigits(whole) || !allDigits(fraction) {
		return ""
	}
	said := SayDigits(fraction)
	if len(fraction) <= 2 && fraction[0] != '0' {
		said = SayNumber(fraction)
	}
	return SayNumber(whole) + " phẩy " + said
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// appendNumber reads digits; inner says that something was read before, so that
// hundreds are said even where they are zero.
func appendNumber(words []string, digits string, inner bool) []string {
	const billion = 9
	if len(digits) > billion {
		cut := len(digits) - billion
		words = append(appendNumber(words, digits[:cut], inner), "tỷ")
		return appendNumber(words, digits[cut:], true)
	}
	for _, scale := range []struct {
		zeros int
		name  string
	}{{6, "triệu"}, {3, "nghìn"}, {0, ""}} {
		if len(digits) <= scale.zeros {
			continue
		}
		cut := len(digits) - scale.zeros
		group := digits[:cut]
		digits = digits[cut:]
		if strings.Trim(group, "0") == "" {
			inner = true
			continue
		}
		words = appendGroup(words, group, inner)
		if scale.name != "" {
			words = append(words, scale.name)
		}
		inner = true
	}
	return words
}

// appendGroup reads one to three digits that are not all zero.
func appendGroup(words []string, group string, inner bool) []string {
	names := digitNames()
	padded := "000"[:3-len(group)] + group
	hundreds, tens, units := padded[0]-'0', padded[1]-'0', padded[2]-'0'
	said := hundreds != 0 || inner
	if said {
		words = append(words, names[hundreds], "trăm")
	}
	switch {
	case tens == 0 && units == 0:
		return words
	case tens == 0 && said:
		return append(words, "linh", names[units])
	case tens == 0:
		return append(words, names[units])
	case tens == 1:
		words = append(words, "mười")
	default:
		words = append(words, names[tens], "mươi")
	}
	switch {
	case units == 0:
		return words
	case units == 5:
		return append(words, "lăm")
	case units == 1 && tens > 1:
		return append(words, "mốt")
	case units == 4 && tens > 1:
		return append(words, "tư")
	}
	return append(words, names[units])
}
