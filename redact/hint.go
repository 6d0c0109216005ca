package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sangto/viet"
)

// A Hint points at something in a redacted text that may still say who
// somebody is.
type Hint struct {
	// Kind is "name", "address", "link" or "number".
	Kind string
	// Text is the passage as it stands in the text.
	Text string
}

// hintsMax bounds the hints for one text: a person reads a few, not fifty.
const hintsMax = 10

// Hints returns what may still identify somebody in an already redacted text:
// names of people, postal addresses, links and long numbers that were kept. It
// is a help to the person who pasted and proves nothing either way: many names
// it finds are no persons', and many persons' it does not find.
func Hints(clean string) []Hint {
	words := readWords(clean)
	var hints []Hint
	seen := map[Hint]bool{}
	add := func(kind, text string) {
		h := Hint{Kind: kind, Text: text}
		if len(hints) < hintsMax && !seen[h] {
			seen[h] = true
			hints = append(hints, h)
		}
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w.Kind == viet.Link:
			add("link", clean[w.Start:w.End])
		case w.Kind == viet.Number && longNumber(w.Text):
			add("number", clean[w.Start:w.End])
		case w.Kind == viet.Word:
			if n := address(words[i:]); n > 0 {
				add("address", clean[w.Start:words[i+n-1].End])
				i += n - 1
			} else if n := name(words[i:]); n > 0 {
				add("name", clean[w.Start:words[i+n-1].End])
				i += n - 1
			}
		}
	}
	return hints
}

// A shown word is a token with what surrounds it.
type shown struct {
	viet.Token
	capital bool
	// loud says that all its letters are capitals.
	loud bool
	// joined says that only a space stands between it and the next.
	joined bool
}

func readWords(s string) []shown {
	tokens := viet.Tokens(s)
	words := make([]shown, len(tokens))
	for i, t := range tokens {
		r, _ := utf8.DecodeRuneInString(s[t.Start:])
		word := s[t.Start:t.End]
		words[i] = shown{Token: t, capital: unicode.IsUpper(r), loud: strings.ToUpper(word) == word}
		if i > 0 {
			words[i-1].joined = s[tokens[i-1].End:t.Start] == " "
		}
	}
	return words
}

// longNumber reports whether a kept number is long enough to be somebody's: no
// date or amount with separators, no round amount, no service number.
func longNumber(digits string) bool {
	return len(digits) >= 6 && !strings.ContainsAny(digits, ".,") &&
		!strings.HasSuffix(digits, "000") && !strings.HasPrefix(digits, "1800") && !strings.HasPrefix(digits, "1900")
}

// surnames are the commonest family names of Vietnam, folded, which together
// cover nineteen people in twenty.
var surnames = set(`nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh doan dao truong lam mai trinh ha cao luong luu chau ta
	to tang thai quach kieu phung la nghiem khuat mac vuong lai giang tong tieu an au ung ong ninh van`)

// titles come before a name.
var titles = set("anh chi ong ba co chu bac cau em be thay bs gs ts ths luat nghe mr mrs ms dr miss sir")

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// name returns how many of the first words look like a person's name: a
// surname and one to four words with capitals, or a title and one to four.
func name(words []shown) int {
	n := 0
	for n < len(words) && n < 5 && words[n].Kind == viet.Word && words[n].capital {
		n++
		if !words[n-1].joined {
			break
		}
	}
	if n > 0 && shouts(words, n) {
		return 0
	}
	titled := titles[words[0].Folded] && words[0].joined && len(words) > 1
	switch {
	case n >= 2 && surnames[words[0].Folded]:
		return n
	case titled && n >= 2:
		return n
	case titled && n == 0 && words[1].capital && words[1].Kind == viet.Word:
		return 1 + run(words[1:], 4)
	}
	return 0
}

// shouts reports whether the first n words are part of a passage in capitals,
// where capitals mark no name.
func shouts(words []shown, n int) bool {
	return n < len(words) && words[0].loud && words[n].loud && words[n-1].joined && words[n].Kind == viet.Word
}

// run counts the words with capitals at the start of words, at most limit.
func run(words []shown, limit int) int {
	n := 0
	for n < len(words) && n < limit && words[n].Kind == viet.Word && words[n].capital {
		n++
		if !words[n-1].joined {
			break
		}
	}
	return n
}

// places are words that, with a number or a name after them, make an address.
var places = set("duong pho ngo ngach hem kiet thon ap xom to phuong xa quan huyen thi tran khu lo toa tang phong can chung street road lane alley ward district apartment room floor")

// address returns how many of the first words look like a postal address: at
// least two parts such as "ngõ 12", "phường Bến Nghé".
func address(words []shown) int {
	n, parts := 0, 0
	for n < len(words) && n < 16 {
		k := part(words[n:])
		if k == 0 {
			break
		}
		parts++
		n += k
	}
	if parts < 2 {
		return 0
	}
	return n
}

// part returns how many words make one part of an address.
func part(words []shown) int {
	w := words[0]
	if w.Folded == "so" && len(words) > 1 && words[1].Kind == viet.Number {
		return 2
	}
	if !places[w.Folded] || len(words) < 2 {
		return 0
	}
	if words[1].Kind == viet.Number {
		return 2
	}
	if n := run(words[1:], 4); n > 0 {
		return 1 + n
	}
	return 0
}
