package match

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// A denial is a word that denies, and what it denies.
type denial struct {
	at, target int
}

// instancesMax bounds how many places of one concept are held against each
// other.
const instancesMax = 4

// differPolarity adds what one side denies and the other states.
func differPolarity(out []placed, m, c *passage) []placed {
	mp, cp := newPolarity(m, !c.accented), newPolarity(c, !m.accented)
	if d, whole := denySentence(m, mp, c, cp); whole {
		if d.Kind != 0 {
			out = append(out, d)
		}
		return out
	}
	seen := map[int32]bool{}
	try := func(w *passageWord) {
		if w.concept == 0 || seen[w.concept] {
			return
		}
		if d, ok := opposed(m, mp, c, cp, w); ok {
			seen[w.concept] = true
			out = append(out, d)
		}
	}
	for _, d := range mp.denials {
		try(&m.words[d.target])
	}
	for _, d := range cp.denials {
		try(&c.words[d.target])
	}
	for i := range c.words {
		if c.words[i].sign < 0 {
			try(&c.words[i])
		}
	}
	for i := range m.words {
		if m.words[i].sign < 0 {
			try(&m.words[i])
		}
	}
	return out
}

// A polarity is what a passage says of its words: what is denied, and what is
// merely asked or supposed.
type polarity struct {
	denials []denial
	// denier maps a denied word to the first word of its denial, plus one;
	// times counts the denials.
	denier map[int]int
	times  map[int]int
	places map[int32][]int
	// asked marks the words of questions and conditions; open also those of
	// which it is not sure whether they are denied.
	asked, open []bool
	// whole is where a denial of a whole sentence ends, 0 for none.
	whole, wholeFrom int
}

// newPolarity reads what p denies. bare: the other side has no diacritics, so
// that what here is no denial may be one there.
func newPolarity(p *passage, bare bool) *polarity {
	q := &polarity{denier: map[int]int{}, times: map[int]int{}, places: map[int32][]int{}, asked: make([]bool, len(p.words))}
	q.markOpen(p)
	q.open = slices.Clone(q.asked)
	for i := range p.words {
		if n := p.deniesSentence(i); n > 0 && q.whole == 0 && !q.asked[i] && !p.deniedItself(i) {
			q.wholeFrom, q.whole = i, i+n
		}
		if c := p.words[i].concept; c != 0 && len(q.places[c]) < instancesMax*4 {
			q.places[c] = append(q.places[c], i)
		}
		if !p.negator(i) {
			if p.perhapsDenies(i, bare) {
				q.cover(p, i)
			}
			continue
		}
		target := p.target(i)
		if target < 0 || p.properName(i, target) {
			q.cover(p, i)
			continue
		}
		q.cover(p, target)
		if p.supposed(i, target) {
			q.asked[target], q.open[target] = true, true
			continue
		}
		if q.asked[i] {
			continue
		}
		q.denials = append(q.denials, denial{i, target})
		if q.times[target] == 0 {
			q.denier[target] = i + 1
		}
		q.times[target]++
	}
	for _, d := range q.denials {
		q.open[d.target] = q.asked[d.target]
	}
	return q
}

// coverage is how many words a denial may reach beyond the one it is taken to
// deny.
const coverage = 5

// cover marks the words after i that a denial before them may mean as well.
func (q *polarity) cover(p *passage, i int) {
	for k := i + 1; k < len(p.words) && k <= i+coverage && p.gap(k) <= spaced; k++ {
		q.open[k] = true
	}
}

// perhapsDenies reports whether word i may be a denial in a damaged spelling,
// or denies in its own way what a plain denial would.
func (p *passage) perhapsDenies(i int, bare bool) bool {
	w := &p.words[i]
	switch w.folded {
	case "khoong", "chuwa", "ch", "chx", "xhx", "kp", "kb", "k", "kh", "hong", "hok", "hem", "khg":
		return !w.skip
	case "khong", "chua", "chang", "cha":
		return bare || w.text == w.folded
	case "prevent", "prevents", "refuse", "refuses", "refused", "fail", "fails", "failed", "without", "lack", "lacks", "unable", "prohibit", "prohibits", "bans", "ban", "banned",
		"block", "blocks", "blocked", "neither", "nor", "stop", "stops", "stopped", "false", "fake", "hoax", "myth", "instead", "avoid", "against", "deny", "denies", "denied":
		return !p.accented
	case "bat", "thieu", "vo", "phi", "trai", "tranh", "ngan", "choi", "ngung", "thay", "cam", "tru", "huy", "mat", "kho":
		switch w.text {
		case "bất", "thiếu", "vô", "phi", "trái", "tránh", "ngăn", "chối", "ngừng", "ngưng", "thay", "cấm", "trừ", "hủy", "mất", "khó":
			return true
		}
		return w.text == w.folded && (w.folded == "bat" || w.folded == "thieu" || w.folded == "tranh")
	}
	return false
}

// properName reports whether the target of the denial at i is a name, which
// hardly is what is denied: "không được Bộ Y tế cho phép".
func (p *passage) properName(i, target int) bool {
	return capitalised(p.text, p.words[target].start) && !capitalised(p.text, p.words[i].start)
}

func capitalised(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return unicode.IsUpper(r)
}

// markOpen marks the words of sentences that ask.
func (q *polarity) markOpen(p *passage) {
	from := 0
	for i := 1; i <= len(p.words); i++ {
		if i < len(p.words) && p.gap(i) < sentence {
			continue
		}
		if p.gapAfter(i) == question || p.asks(from, i) {
			for k := from; k < i; k++ {
				q.asked[k] = true
			}
		}
		from = i
	}
}

// gapAfter is the break before word i, or after the last word.
func (p *passage) gapAfter(i int) gapKind {
	if i < len(p.words) {
		return p.words[i].gap
	}
	return gapOf(p.text[p.words[len(p.words)-1].end:])
}

// asks reports whether the sentence of the words from..to asks something.
func (p *passage) asks(from, to int) bool {
	if p.vietnamese {
		return p.asksVietnamese(from, to)
	}
	switch p.folded(from) {
	case "is", "are", "was", "were", "do", "does", "did", "has", "have", "can", "could", "will", "would", "isnt", "arent", "wasnt", "werent", "dont", "doesnt", "didnt", "cant", "wont":
		if w := p.folded(from + 1); w != "not" && w != "you" || w == "you" && p.gapAfter(to) == question {
			return to-from > 2
		}
	}
	for i := from; i < to; i++ {
		switch p.folded(i) {
		case "whether":
			return true
		case "is", "was":
			if p.follow(i+1, "it", "true") || p.follow(i+1, "this", "true") {
				return true
			}
		}
	}
	return false
}

func (p *passage) asksVietnamese(from, to int) bool {
	for i := from; i < to; i++ {
		switch p.folded(i) {
		case "phai", "dung", "hay", "that", "vay":
			if p.negation(i+1) && i+1 < to && p.closing(i+2, to) || p.folded(i) == "hay" && p.folded(i+1) == "chua" && p.closing(i+2, to) {
				return true
			}
		case "lieu":
			if i == from {
				return true
			}
		case "co":
			if p.follow(i, "co", "phai") && !p.negation(i-1) || p.follow(i, "co", "dung", "la") || p.follow(i, "co", "that") {
				return true
			}
		case "khong", "chua":
			if i >= from+2 && p.gap(i) <= spaced && p.closing(i+1, to) {
				return true // "có nghỉ không", "xong chưa"
			}
		}
	}
	return false
}

// negation reports whether word i is không.
func (p *passage) negation(i int) bool { return p.is(i, "không", "khong") }

// closing reports whether nothing but address and particles is left of a
// sentence from word i on.
func (p *passage) closing(i, to int) bool {
	for ; i < to; i++ {
		switch p.folded(i) {
		case "a", "nhi", "ha", "the", "vay", "ta", "moi", "nguoi", "mn", "cac", "ban", "bac", "anh", "chi", "em", "me", "bo", "ad", "oi", "nhe", "nha", "admin", "ca", "ai", "biet", "minh", "co", "chu", "day", "zay", "ba", "con", "ho", "voi", "giup", "lop", "nao":
		default:
			return p.gap(i) >= clause
		}
	}
	return true
}

// negator reports whether word i denies what follows it.
func (p *passage) negator(i int) bool {
	if p.words[i].figure || p.words[i].skip {
		return false
	}
	if p.vietnamese {
		return p.negatorVietnamese(i)
	}
	next := p.folded(i + 1)
	switch p.folded(i) {
	case "not":
		switch next {
		case "only", "just", "merely", "until", "to", "all":
			return next == "to" && p.folded(i+2) != "mention"
		}
		return p.folded(i-1) != "why" && p.folded(i-1) != "if"
	case "no":
		switch next {
		case "more", "less", "doubt", "matter", "wonder", "fewer", "idea":
			return false
		}
		return p.gap(i+1) <= spaced
	case "never", "cannot", "nobody", "without", "neither", "refuses", "refused", "fails", "failed", "stopped", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent", "wont", "cant", "couldnt", "shouldnt", "wouldnt", "hasnt", "havent", "hadnt", "aint", "mustnt":
		switch p.folded(i) {
		case "refuses", "refused", "fails", "failed", "stopped", "without":
			return false
		}
		return true
	}
	return false
}

func (p *passage) negatorVietnamese(i int) bool {
	next, prev := p.folded(i+1), p.folded(i-1)
	switch p.folded(i) {
	case "khong":
		if w := p.words[i].text; w != "không" && w != "khong" || i > 0 && p.words[i-1].figure && p.gap(i) == joined {
			return false
		}
		switch next {
		case "gian", "khi", "quan", "luc", "phan", "kich", "lo", "chi", "nhung", "ngung", "it", "may", "khoi", "kem", "sao", "che", "hieu", "ro", "biet", "dau", "ngo":
			return false
		}
		return !p.aviation(i) && prev != "tren" && prev != "hay" && prev != "phai" || prev == "phai" && p.folded(i-2) == "khong"
	case "chua":
		if p.words[i].text == "chưa" {
			return true
		}
		if p.words[i].text != "chua" || p.accented {
			return false
		}
		switch next {
		case "co", "he", "tung", "bi", "phai", "ai":
			return true
		}
	case "chang", "cha":
		if w := p.words[i].text; w == "chẳng" || w == "chả" {
			return next != "biet" && next != "nhung"
		}
		return !p.accented && p.folded(i) == "chang" && (next == "co" || next == "phai" || next == "he" || next == "bi")
	case "dung", "cho":
		return p.words[i].text == "đừng" || p.words[i].text == "chớ"
	case "not", "never", "isnt", "doesnt", "cant":
		return !p.accented
	}
	return false
}

// aviation reports whether "không" at i ends "hàng không", and does not deny
// after "ngân hàng", "cửa hàng", "khách hàng".
func (p *passage) aviation(i int) bool {
	if p.folded(i-1) != "hang" {
		return false
	}
	switch p.folded(i - 2) {
	case "ngan", "khach", "cua", "nha", "ban", "mat", "xep", "giao", "don", "mua", "dat", "lo", "goi":
		return false
	}
	return true
}

// light reports whether a negator reaches past word i to what follows.
func (p *passage) light(i int) bool {
	w := p.folded(i)
	if p.vietnamese {
		switch p.words[i].text {
		case "cản", "cán", "cạn", "bí", "đá", "cố", "cỏ", "thẻ", "cá", "cư", "cử", "đo", "đổ", "đỏ", "phá", "lá", "gì", "ký", "chó", "kỳ", "mốt", "bắt", "chợ", "lầm", "đê":
			return false
		}
		switch w {
		case "coa", "bao", "gio", "y", "co", "bi", "duoc", "phai", "la", "he", "con", "the", "nen", "can", "cho", "se", "dang", "da", "ai", "mot", "bat", "ky", "cu", "ca", "cai", "nao", "tung", "thay", "muon", "do", "gi", "dinh", "chiu", "lam", "khien", "de", "nhung", "cac", "chuyen", "viec", "thuc", "su", "hoan", "toan":
			switch w {
			case "toan":
				return p.folded(i-1) == "hoan"
			case "ky":
				return p.folded(i-1) == "bat"
			case "dang":
				return p.words[i].concept == 0
			}
			return true
		}
		return false
	}
	switch w {
	case "a", "an", "the", "any", "be", "been", "being", "have", "had", "has", "to", "going", "gonna", "yet", "really", "actually", "even", "ever", "longer", "one", "single", "in", "fact", "currently", "still", "need", "new", "want", "is", "are", "was", "were", "will", "can", "do", "does", "did", "that", "able", "get", "at", "all", "it", "also", "more", "evidence", "of", "he", "she", "they", "we", "you", "i":
		return true
	}
	return false
}

// target is the word that the negator at i denies, -1 for none.
func (p *passage) target(i int) int {
	for k := i + 1; k < len(p.words) && k <= i+6 && p.gap(k) <= spaced; k++ {
		if p.words[k].figure || p.words[k].skip {
			continue
		}
		if p.verdictWord(k) {
			return -1
		}
		if p.words[k].concept != 0 && !p.light(k) {
			return p.compound(k)
		}
		if p.words[k].concept == 0 && !p.light(k) && !p.negator(k) {
			if p.vietnamese && p.words[k].text != p.folded(k) || !stopAnywhere(p, k) {
				return -1
			}
		}
	}
	return -1
}

// stopAnywhere reports whether a denial reaches over the stop word at k.
func stopAnywhere(p *passage, k int) bool {
	if p.vietnamese {
		return false
	}
	return isAuxiliary(p.folded(k)) || p.folded(k) == "so" || p.folded(k) == "very" || p.folded(k) == "just"
}

// compound moves from "đóng" in "đóng cửa" to the word that holds the pair.
func (p *passage) compound(k int) int {
	if p.words[k].sign >= 0 && k+1 < len(p.words) && p.words[k+1].sign < 0 && p.gap(k+1) <= spaced && p.vietnamese {
		switch p.folded(k + 1) {
		case "phap", "song", "nguyen":
			return k + 1
		}
	}
	if p.vietnamese && k+1 < len(p.words) {
		switch p.folded(k) + " " + p.folded(k+1) {
		case "hop phap", "tu vong", "thiet mang", "bat buoc", "tu nguyen":
			return k + 1
		}
	}
	return k
}

// verdictWord reports words by which a sender judges a message or says what he
// thinks: denying them denies nothing of the matter.
func (p *passage) verdictWord(k int) bool {
	switch p.folded(k) {
	case "true", "real", "correct", "accurate", "right", "sure", "know", "think", "believe", "hoax", "joke", "kidding", "forget", "wait", "say", "tell", "care", "lie":
		return !p.vietnamese
	case "dung", "that", "chinh", "xac", "tin", "biet", "ro", "hieu", "dua", "chac", "nghi", "tuong", "ngo", "quen", "lo":
		if !p.vietnamese {
			return false
		}
		switch p.folded(k) {
		case "dung":
			return p.is(k, "đúng", "dung") && p.gap(k+1) > spaced || p.words[k].text == "đúng"
		case "that":
			return p.is(k, "thật", "that")
		case "chinh":
			return p.folded(k+1) == "xac"
		case "nghi":
			return p.words[k].text == "nghĩ"
		case "lo":
			return p.words[k].text == "lo" && p.accented
		}
		return true
	}
	return false
}

// supposed reports whether the denial at i of the word target is a condition:
// "nếu không …", "ai không …", "không … sẽ bị …".
func (p *passage) supposed(i, target int) bool {
	for k := i - 1; k >= max(0, i-8) && p.gap(k+1) <= spaced; k-- {
		switch p.folded(k) {
		case "neu", "if", "unless", "whoever", "anyone", "those", "lo":
			return p.folded(k) != "lo"
		case "ai":
			return k == i-1 && p.vietnamese
		}
	}
	if !p.vietnamese {
		return false
	}
	for k := target + 1; k < len(p.words) && k <= target+8 && p.gap(k) <= clause; k++ {
		if (p.is(k, "thì", "thi") || p.is(k, "sẽ", "se")) && p.folded(k-1) != "nen" {
			return true
		}
	}
	return false
}

// deniesSentence returns how many words at i deny the sentence after them.
func (p *passage) deniesSentence(i int) int {
	switch p.folded(i) {
	case "khong", "chang":
		if p.follow(i, "khong", "co", "chuyen") || p.follow(i, "khong", "co", "viec") || p.follow(i, "lam", "gi", "co") {
			return 3
		}
		if p.follow(i, "khong", "he", "co", "chuyen") || p.follow(i, "khong", "he", "co", "viec") {
			return 4
		}
	case "lam":
		if p.follow(i, "lam", "gi", "co", "chuyen") || p.follow(i, "lam", "gi", "co", "viec") {
			return 4
		}
	case "phu":
		if p.is(i, "phủ", "phu") && p.folded(i+1) == "nhan" && p.about(i+2) {
			return 2
		}
	case "bac":
		if p.is(i, "bác", "bac") && p.folded(i+1) == "bo" && p.about(i+2) {
			return 2
		}
	case "false", "untrue":
		if p.folded(i+1) == "that" {
			return 2
		}
	case "not":
		if p.follow(i, "not", "true", "that") {
			return 3
		}
		if p.follow(i, "not", "the", "case", "that") {
			return 4
		}
	case "isnt", "no":
		if p.follow(i, "isnt", "true", "that") || p.follow(i, "no", "truth", "to") || p.follow(i, "no", "truth", "that") {
			return 3
		}
	case "denies", "denied", "deny", "denying":
		switch p.folded(i + 1) {
		case "that", "claims", "reports", "rumours", "rumors", "the":
			return 1
		}
	}
	return 0
}

// about reports whether word i opens what was denied.
func (p *passage) about(i int) bool {
	switch p.folded(i) {
	case "viec", "tin", "thong", "chuyen", "cao", "rang":
		return true
	}
	return false
}

// deniedItself reports whether the denial at i is denied: "không ai phủ nhận".
func (p *passage) deniedItself(i int) bool {
	for k := i - 1; k >= max(0, i-5) && p.gap(k+1) <= spaced; k-- {
		if p.negator(k) {
			return true
		}
	}
	return false
}

// denySentence compares two sides of which at least one denies a sentence as a
// whole. done is false when neither does.
func denySentence(m *passage, mp *polarity, c *passage, cp *polarity) (d placed, done bool) {
	switch {
	case mp.whole > 0 && cp.whole > 0:
		return d, true
	case mp.whole > 0:
		if !covers(m, mp.whole, c) || cp.deniesAnything(c) {
			return d, false
		}
		return placed{Difference{Negation, m.wording(mp.wholeFrom, mp.whole-1), ""}, m.words[mp.wholeFrom].start}, true
	case cp.whole > 0:
		if !covers(c, cp.whole, m) || mp.deniesAnything(m) || mp.asksAll() {
			return d, false
		}
		return placed{Difference{Negation, "", c.wording(cp.wholeFrom, cp.whole-1)}, 0}, true
	}
	return d, false
}

// deniesAnything reports whether the passage holds a denial of any sort.
func (q *polarity) deniesAnything(p *passage) bool {
	for i := range p.words {
		switch p.words[i].folded {
		case "bac", "phu":
			if next := p.folded(i + 1); next == "bo" || next == "nhan" {
				return true
			}
		case "not", "no", "never":
			return true
		}
		if p.perhapsDenies(i, false) {
			return true
		}
	}
	return len(q.denials) > 0
}

func (q *polarity) asksAll() bool {
	for _, asked := range q.asked {
		if asked {
			return true
		}
	}
	return false
}

// covers reports whether what follows word from in p, within its sentence,
// holds most of what the other passage says.
func covers(p *passage, from int, other *passage) bool {
	var ours, theirs []int32
	for k := from; k < len(p.words) && k < from+40 && (k == from || p.gap(k) < sentence); k++ {
		if c := p.words[k].concept; c != 0 {
			ours = append(ours, c)
		}
	}
	for k := range other.words {
		if c := other.words[k].concept; c != 0 && len(theirs) < 512 {
			theirs = append(theirs, c)
		}
	}
	n := shared(ours, theirs)
	return n >= 2 && n*2 >= min(len(theirs), len(ours))
}

// opposed compares what the two sides say of one concept. like is the word that
// asked for it: others that fold alike are other words.
func opposed(m *passage, mp *polarity, c *passage, cp *polarity, like *passageWord) (placed, bool) {
	found := placed{}
	ours, theirs := mp.places[like.concept], cp.places[like.concept]
	if len(ours) == 0 || len(theirs) == 0 || len(ours) > instancesMax || len(theirs) > instancesMax {
		return found, false
	}
	if mixed(m, ours) || mixed(c, theirs) {
		return found, false
	}
	for _, i := range ours {
		for _, j := range theirs {
			if mp.open[i] || cp.open[j] || clash(like, &m.words[i]) || clash(like, &c.words[j]) || mp.stand(m, i) == cp.stand(c, j) {
				continue
			}
			if aligned(m, i, c, j, 2) && !agrees(m, mp, c, cp, i, j) {
				return placed{Difference{opposition(m, mp, i, c, cp, j), mp.wording(m, i, c, j), cp.wording(c, j, m, i)}, m.words[i].start}, true
			}
		}
	}
	return found, false
}

// mixed reports whether a passage holds both of two opposites.
func mixed(p *passage, places []int) bool {
	for _, i := range places {
		if p.words[i].sign != p.words[places[0]].sign {
			return true
		}
	}
	return false
}

// agrees reports whether one of the words i and j has another place on the
// other side where the same is said as here.
func agrees(m *passage, mp *polarity, c *passage, cp *polarity, i, j int) bool {
	for _, k := range cp.places[c.words[j].concept] {
		if !cp.open[k] && mp.stand(m, i) == cp.stand(c, k) && !clash(&m.words[i], &c.words[k]) && aligned(m, i, c, k, 1) {
			return true
		}
	}
	for _, k := range mp.places[m.words[i].concept] {
		if !mp.open[k] && mp.stand(m, k) == cp.stand(c, j) && !clash(&m.words[k], &c.words[j]) && aligned(m, k, c, j, 1) {
			return true
		}
	}
	return false
}

// stand is 1 where word i is stated and -1 where it is denied.
func (q *polarity) stand(p *passage, i int) int {
	s := int(p.words[i].sign)
	if q.times[i]%2 == 1 {
		s = -s
	}
	return s
}

func opposition(m *passage, mp *polarity, i int, c *passage, cp *polarity, j int) DifferenceKind {
	if m.words[i].sign != c.words[j].sign && mp.times[i]%2 == cp.times[j]%2 {
		return Opposite
	}
	return Negation
}

// clash reports whether the two words are different words without their
// accents.
func clash(a, b *passageWord) bool {
	return a.folded == b.folded && a.text != b.text && a.text != a.folded && b.text != b.folded
}

// aligned reports whether the two words stand in like surroundings: enough
// words shared, and not different objects.
func aligned(m *passage, i int, c *passage, j int, need int) bool {
	ours := m.around(make([]int32, 0, 2*reach), i, i)
	theirs := c.around(make([]int32, 0, 2*reach), j, j)
	n := shared(ours, theirs)
	if n == 0 || n < min(need, len(ours), len(theirs)) {
		return false
	}
	a, b := m.objects(i), c.objects(j)
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	return shared(a, b) > 0
}

// objects are the concepts right after word i, up to what is no object.
func (p *passage) objects(i int) []int32 {
	var out []int32
	for k := i + 1; k < len(p.words) && len(out) < 3 && p.gap(k) <= spaced; k++ {
		if p.vietnamese && prepositionVietnamese(p.folded(k)) || !p.vietnamese && preposition(p.folded(k)) || p.words[k].figure {
			break
		}
		if c := p.words[k].concept; c != 0 {
			out = append(out, c)
		}
	}
	return out
}

// wording is the stated or denied word i with its denial and what it governs.
// What stands before word j on the other side too belongs to it.
func (q *polarity) wording(p *passage, i int, other *passage, j int) string {
	first := i
	if d := q.denier[i]; d > 0 {
		first = d - 1
	} else {
		for n := 1; n <= 3 && i-n >= 0 && p.gap(i-n+1) <= spaced && p.folded(i-n) == other.folded(j-n) && !p.words[i-n].figure && p.vietnamese; n++ {
			first = i - n
		}
		if first == i && p.vietnamese && p.words[i].folded == "phep" {
			first = max(0, i-1)
		}
	}
	last := i
	for k := i + 1; k < len(p.words) && k <= i+2 && p.gap(k) <= spaced && !p.words[k].figure; k++ {
		if p.words[k].concept == 0 {
			if k == i+1 && p.vietnamese && !prepositionVietnamese(p.folded(k)) {
				last = k
			}
			break
		}
		last = k
	}
	return p.wording(first, last)
}
