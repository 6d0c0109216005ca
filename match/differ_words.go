package match

// concept names what word i is compared by, and its sign among opposites; ""
// for a word that says nothing by itself.
func (p *passage) concept(i int, stems *reader) (name string, sign int8) {
	w := &p.words[i]
	if p.vietnamese {
		if name, sign := p.oppositeVietnamese(i); name != "" {
			return name, sign
		}
	}
	switch {
	case p.vietnamese:
		if stopVietnamese(w.folded) && !p.speaks(i) {
			return "", 1
		}
	case stopEnglish(w.folded):
		return "", 1
	}
	stem := w.folded
	if !w.syllable {
		stem = stems.stem(w.folded)
	}
	if !p.accented && (!w.syllable || w.folded == "ban") {
		if name, sign := p.oppositeEnglish(i, stem); name != "" {
			return name, sign
		}
	}
	return canonicalStem(stem), 1
}

// speaks reports words that are content although they share their bare letters
// with a stop word: chữa beside chưa, thu beside thứ.
func (p *passage) speaks(i int) bool {
	w := &p.words[i]
	switch w.folded {
	case "chua":
		return w.text != "chưa" && !p.negator(i)
	case "dang":
		return w.text == "đăng" || w.text == "dang" && p.folded(i+1) == "ky"
	case "thu":
		return w.text != "thứ" && !(w.text == "thu" && !p.accented && p.small(i+1) >= 0)
	}
	if w.text == w.folded {
		return p.accented && (w.folded == "nam" || w.folded == "hang")
	}
	switch w.text {
	case "cá", "chó", "thẻ", "đập", "tỏi", "sò", "bà", "cáo", "đầu", "đau", "chợ", "mái", "cổ", "cỏ", "bí", "lá", "đẻ", "dê", "vé", "vẽ", "bác", "mẹ", "thầy":
		return true
	}
	return false
}

// canonicalStem joins forms that a stemmer keeps apart.
func canonicalStem(stem string) string {
	switch stem {
	case "person", "peopl", "folk":
		return "person"
	case "froze", "frozen":
		return "freez"
	case "sold":
		return "sell"
	case "went", "goe", "gone":
		return "go"
	case "cut", "slash":
		return "cut"
	case "pupil":
		return "student"
	case "kid", "children":
		return "child"
	case "paid":
		return "pay"
	case "caught":
		return "catch"
	case "found":
		return "find"
	case "taken", "took":
		return "take"
	case "given", "gave":
		return "give"
	case "spread":
		return "spread"
	case "women":
		return "woman"
	case "men":
		return "man"
	}
	return stem
}

// oppositeVietnamese names the pair of opposites word i belongs to. The list is
// closed: only pairs where the one word is the denial of the other.
func (p *passage) oppositeVietnamese(i int) (string, int8) {
	next, prev := p.folded(i+1), p.folded(i-1)
	switch p.words[i].folded {
	case "mo":
		if p.is(i, "mở", "mo") && next == "cua" {
			return "open", 1
		}
	case "dong":
		if p.is(i, "đóng", "dong") && next == "cua" {
			return "open", -1
		}
	case "tang":
		if p.is(i, "tăng", "tang") && next != "cuong" && prev != "gia" || p.words[i].text == "tăng" && next != "cường" {
			return "rise", 1
		}
	case "giam":
		if p.is(i, "giảm", "giam") && next != "doc" && next != "sat" && next != "doi" {
			return "rise", -1
		}
	case "phep":
		if p.is(i, "phép", "phep") && (prev == "cho" || prev == "duoc") {
			return "allow", 1
		}
	case "cam":
		if p.words[i].text == "cấm" || p.words[i].text == "cam" && !p.accented && (prev == "bi" || prev == "nghiem" || prev == "pho" || prev == "se") {
			return "allow", -1
		}
	case "phap":
		if p.is(i, "pháp", "phap") && prev == "hop" {
			if p.folded(i-2) == "bat" {
				return "legal", -1
			}
			return "legal", 1
		}
	case "song":
		if p.is(i, "sống", "song") && prev == "con" {
			return "dead", -1
		}
	case "chet":
		if p.is(i, "chết", "chet") {
			return "dead", 1
		}
	case "vong":
		if prev == "tu" {
			return "dead", 1
		}
	case "mang":
		if prev == "thiet" {
			return "dead", 1
		}
	case "buoc":
		if prev == "bat" {
			return "must", 1
		}
	case "nguyen":
		if prev == "tu" && p.is(i-1, "tự", "tu") {
			return "must", -1
		}
	}
	return "", 0
}

// oppositeEnglish does the same for a stem.
func (p *passage) oppositeEnglish(i int, stem string) (string, int8) {
	switch stem {
	case "open", "reopen":
		return "open", 1
	case "close", "shut":
		if p.folded(i+1) != "to" && p.folded(i+1) != "off" {
			return "open", -1
		}
	case "rise", "rose", "risen", "increas", "soar":
		return "rise", 1
	case "decreas", "declin":
		return "rise", -1
	case "fall", "fell", "fallen", "drop":
		if next := p.folded(i + 1); next != "off" && next != "ill" && next != "in" && next != "into" {
			return "rise", -1
		}
	case "allow", "permit":
		return "allow", 1
	case "ban", "forbid", "forbidden", "prohibit":
		if !p.vietnamese {
			return "allow", -1
		}
	case "legal":
		return "legal", 1
	case "illeg":
		return "legal", -1
	case "aliv":
		return "dead", -1
	case "dead", "die", "death":
		return "dead", 1
	case "safe":
		return "safe", 1
	case "unsaf":
		return "safe", -1
	case "mandatori", "compulsori":
		return "must", 1
	case "voluntari", "option":
		return "must", -1
	case "guilti":
		return "guilty", 1
	case "innoc":
		return "guilty", -1
	}
	return "", 0
}

// onlyEnglish reports whether a bare word is plainly English.
func onlyEnglish(w string) bool {
	switch w {
	case "is", "are", "was", "were", "of", "and", "for", "with", "this", "has", "have", "will", "be", "been", "from", "by", "at", "not", "it", "on", "if", "as",
		"does", "did", "who", "they", "their", "your", "you", "after", "cant", "dont", "isnt", "my", "or", "every", "should":
		return true
	}
	return false
}

// stopVietnamese reports whether a folded Vietnamese word says nothing by
// itself.
func stopVietnamese(w string) bool {
	if isAffix(w) {
		return true
	}
	switch w {
	case "va", "la", "cua", "co", "bi", "duoc", "cho", "cac", "nhung", "nhieu", "mot", "hai", "ba", "nay", "do", "kia", "day", "thi", "ma", "nen", "vi", "tai", "o",
		"vao", "ra", "len", "xuong", "tu", "den", "toi", "trong", "ngoai", "tren", "duoi", "voi", "ve", "da", "dang", "se", "sap", "roi", "nhe", "nha", "a", "oi",
		"cung", "van", "con", "chi", "ca", "moi", "hang", "khi", "neu", "hay", "hoac", "de", "bang", "theo", "nhu", "the", "vay", "gi", "ai", "nao", "sao", "khong",
		"chua", "chang", "dung", "phai", "rat", "qua", "lam", "hon", "khoang", "gan", "tat", "lai", "di", "nghe", "noi", "thay", "biet", "minh", "em", "anh",
		"het", "ngay", "hom", "mai", "sang", "chieu", "dem", "truoc", "sau", "lan", "thang", "nam", "tuan", "gio", "thu", "thong", "so", "viec", "chuyen", "tin", "that",
		"luon", "nua", "them", "dau", "cai", "chiec", "bai", "suot", "keo", "ngan", "trieu", "ty", "ti", "nghin", "tram", "chuc", "muoi", "ne", "ah", "ha", "luc", "vua", "tung", "he", "nhau", "xong", "lien", "tuc", "doi":
		return true
	}
	return false
}

// isAffix names words that only colour a statement.
func isAffix(w string) bool { return len(w) == 1 }

// stopEnglish reports whether a folded English word says nothing by itself.
func stopEnglish(w string) bool {
	if len(w) == 1 || isAuxiliary(w) || preposition(w) {
		return true
	}
	switch w {
	case "the", "an", "and", "or", "but", "this", "that", "these", "those", "it", "its", "he", "she", "they", "we", "you", "i", "his", "her", "their", "our", "your", "my",
		"who", "which", "what", "when", "where", "why", "how", "there", "here", "then", "than", "so", "too", "very", "just", "also", "only", "even", "now", "today",
		"tomorrow", "tonight", "yesterday", "some", "any", "all", "each", "every", "more", "most", "less", "least", "about", "around", "nearly", "almost", "over", "under",
		"up", "down", "out", "off", "new", "as", "if", "because", "while", "yet", "still", "ever", "never", "not", "no", "nobody", "none", "nothing", "one", "much", "many", "per",
		"said", "say", "says", "news", "true", "false", "real", "fake", "really", "actually", "already", "again", "am", "pm", "us", "them", "him", "me", "such", "other", "both",
		"hundred", "thousand", "million", "billion", "dozen", "going", "gonna", "once", "single", "day", "week", "month", "year", "hour", "night", "morning", "last", "next", "first":
		return true
	}
	return false
}

func isAuxiliary(w string) bool {
	switch w {
	case "is", "are", "was", "were", "be", "been", "being", "am", "do", "does", "did", "done", "has", "have", "had", "will", "would", "shall", "should", "can", "could",
		"may", "might", "must", "get", "gets", "got", "isnt", "arent", "wasnt", "werent", "dont", "doesnt", "didnt", "hasnt", "havent", "hadnt", "wont", "wouldnt",
		"shouldnt", "cant", "cannot", "couldnt", "mustnt", "aint", "neednt":
		return true
	}
	return false
}

// preposition reports whether a word opens what is no longer the object of the
// verb before it.
func preposition(w string) bool {
	switch w {
	case "in", "on", "at", "of", "to", "for", "from", "by", "with", "without", "into", "onto", "after", "before", "during", "until", "till", "through", "between",
		"against", "since", "near", "via", "because", "when", "while", "if", "that", "which", "who", "and", "but", "or", "so", "as", "than":
		return true
	}
	return false
}

func prepositionVietnamese(w string) bool {
	switch w {
	case "o", "tai", "vao", "tu", "den", "trong", "vi", "do", "de", "voi", "theo", "khi", "neu", "ma", "nhung", "va", "thi", "nen", "hom", "luc", "ngay", "thang", "tren", "qua", "sau", "truoc", "cho", "ke", "nhu", "sang", "chieu", "dem", "toi":
		return true
	}
	return false
}
