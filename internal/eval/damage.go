package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"sangto/viet"
)

// A damage changes a message the way forwarding, typing and copying do.
type damage func(r *rand.Rand, text string) string

func damages() map[string]damage {
	return map[string]damage{
		"nodia": func(_ *rand.Rand, s string) string { return plain(s) },
		"telex": func(_ *rand.Rand, s string) string {
			return eachWord(s, func(w string) string { return typed(w, telexKeys) })
		},
		"vni": func(_ *rand.Rand, s string) string {
			return eachWord(s, func(w string) string { return typed(w, vniKeys) })
		},
		"slips": func(r *rand.Rand, s string) string {
			return eachWord(s, func(w string) string { return slip(r, w, 0.10) })
		},
		"ocr": func(r *rand.Rand, s string) string {
			return eachWord(s, func(w string) string { return misread(r, w, 0.12) })
		},
		"chat": func(r *rand.Rand, s string) string {
			return eachWord(s, func(w string) string { return chat(r, w, 0.9) })
		},
		"drop":  func(r *rand.Rand, s string) string { return drop(r, s, 0.15) },
		"chain": chain,
		"few":   few,
		"short": func(_ *rand.Rand, s string) string { return first(s, 8) },
		"heavy": heavy,
	}
}

// DamageNames lists the kinds of damage, for help texts.
func DamageNames() string {
	var names []string
	for name := range damages() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Damaged returns the queries with every text damaged. What happens to a query
// depends on nothing but its id, the kind and the seed.
func Damaged(queries []Query, kind string, seed uint64) ([]Query, error) {
	do, ok := damages()[kind]
	if !ok {
		return nil, fmt.Errorf("no damage %q; there are %s", kind, DamageNames())
	}
	out := make([]Query, len(queries))
	for i, q := range queries {
		r := rand.New(rand.NewPCG(seed, uint64(draw(q.ID+kind, seed)*(1<<53))))
		out[i] = Query{ID: q.ID, Text: do(r, q.Text)}
	}
	return out, nil
}

// heavy does to a message what a few weeks of forwarding do: diacritics lost by
// whole messages or by words, chat spellings, slips, words dropped, letters of
// a chain around it, links, tags and numbers stuck to it, capitals.
func heavy(r *rand.Rand, s string) string {
	s = drop(r, s, 0.06)
	bare := r.Float64()
	s = eachWord(s, func(w string) string {
		w = chat(r, w, 0.6)
		if r.Float64() < bare {
			w = plain(w)
		} else if r.Float64() < 0.1 {
			w = typed(w, telexKeys)
		}
		return misread(r, slip(r, w, 0.06), 0.03)
	})
	if r.Float64() < 0.2 {
		s = strings.ToUpper(s)
	}
	s = strew(r, s)
	if r.Float64() < 0.6 {
		wrap := func(s string) string { return s }
		if r.Float64() < bare {
			wrap = plain
		}
		open, shut := letter(r)
		s = wrap(open) + " " + s + " " + wrap(shut)
	}
	return s
}

func eachWord(s string, do func(string) string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = do(w)
	}
	return strings.Join(words, " ")
}

func first(s string, n int) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(n, len(words))], " ")
}

// few keeps two to five words, as people type into a search box.
func few(r *rand.Rand, s string) string {
	words := strings.Fields(s)
	for n := 2 + r.IntN(4); len(words) > n; {
		at := r.IntN(len(words))
		words = slices.Delete(words, at, at+1)
	}
	return strings.Join(words, " ")
}

func drop(r *rand.Rand, s string, share float64) string {
	words := slices.DeleteFunc(strings.Fields(s), func(string) bool { return r.Float64() < share })
	return strings.Join(words, " ")
}

// toned lists the Vietnamese vowels, each with no tone and then huyền, sắc,
// hỏi, ngã, nặng.
var toned = [...]string{
	"aàáảãạ", "ăằắẳẵặ", "âầấẩẫậ", "eèéẻẽẹ", "êềếểễệ", "iìíỉĩị",
	"oòóỏõọ", "ôồốổỗộ", "ơờớởỡợ", "uùúủũụ", "ưừứửữự", "yỳýỷỹỵ",
}

// keys is a way of typing: what follows a base letter, and what marks a tone.
type keys struct {
	letters map[rune]string
	tones   [6]string
}

var (
	telexKeys = keys{
		letters: map[rune]string{'ă': "aw", 'â': "aa", 'ê': "ee", 'ô': "oo", 'ơ': "ow", 'ư': "uw", 'đ': "dd"},
		tones:   [6]string{"", "f", "s", "r", "x", "j"},
	}
	vniKeys = keys{
		letters: map[rune]string{'ă': "a8", 'â': "a6", 'ê': "e6", 'ô': "o6", 'ơ': "o7", 'ư': "u7", 'đ': "d9"},
		tones:   [6]string{"", "2", "1", "3", "4", "5"},
	}
)

// typed spells a word as its keystrokes, the tone after the letters.
func typed(w string, k keys) string {
	var b strings.Builder
	tone, tail := 0, ""
	for _, c := range viet.Canonical(w) {
		low := unicode.ToLower(c)
		base, t := untone(low)
		if t > 0 {
			tone = t
		}
		out, ok := k.letters[base]
		if !ok {
			out = string(base)
		}
		if !unicode.IsLetter(c) {
			tail += out
			continue
		}
		if low != c {
			out = strings.ToUpper(out[:1]) + out[1:]
		}
		b.WriteString(tail + out)
		tail = ""
	}
	return b.String() + k.tones[tone] + tail
}

func untone(c rune) (base rune, tone int) {
	for _, row := range toned {
		for i, v := range []rune(row) {
			if v == c {
				return []rune(row)[0], i
			}
		}
	}
	return c, 0
}

// plain drops diacritics and keeps case.
func plain(s string) string {
	var b strings.Builder
	for _, c := range viet.Canonical(s) {
		f := viet.Fold(string(c))
		if unicode.IsUpper(c) {
			f = strings.ToUpper(f)
		}
		if f == "" {
			f = string(c)
		}
		b.WriteString(f)
	}
	return b.String()
}

// slip makes a typing slip with the given chance: two letters exchanged, one
// lost, one doubled, or a neighbouring key.
func slip(r *rand.Rand, w string, chance float64) string {
	c := []rune(w)
	if len(c) < 3 || r.Float64() >= chance {
		return w
	}
	i := r.IntN(len(c) - 1)
	switch r.IntN(4) {
	case 0:
		c[i], c[i+1] = c[i+1], c[i]
	case 1:
		c = slices.Delete(c, i, i+1)
	case 2:
		c = slices.Insert(c, i, c[i])
	default:
		if j := strings.IndexRune(keyboard, unicode.ToLower(c[i])); j > 0 {
			c[i] = rune(keyboard[j-1])
		}
	}
	return string(c)
}

const keyboard = "qwertyuiop asdfghjkl zxcvbnm"

// misread confuses letters as character recognition does, with the given
// chance for each word.
func misread(r *rand.Rand, w string, chance float64) string {
	if r.Float64() >= chance {
		return w
	}
	looks := [...][2]string{{"m", "rn"}, {"l", "1"}, {"o", "0"}, {"i", "l"}, {"cl", "d"}, {"h", "b"}, {"u", "n"}, {"ă", "â"}, {"ạ", "a"}, {"ở", "ờ"}}
	p := looks[r.IntN(len(looks))]
	return strings.Replace(w, p[0], p[1], 1)
}

// chat spells some words as chats do.
func chat(r *rand.Rand, w string, chance float64) string {
	short, ok := map[string][]string{
		"không": {"ko", "k", "hok", "kg", "kh"}, "được": {"dc", "đc", "đk"}, "gì": {"j"}, "và": {"zà", "vs"},
		"vậy": {"z", "v"}, "người": {"ng", "ngừi"}, "những": {"nhg", "~"}, "với": {"vs"}, "cũng": {"cg", "cx"},
		"biết": {"bit", "bít"}, "rồi": {"r", "rùi"}, "nhưng": {"nhg", "nh"}, "quá": {"wá"}, "quan": {"q"},
		"trong": {"trg"}, "trước": {"trc"}, "bây": {"bi"}, "thôi": {"thui"}, "nhiều": {"nhiu", "nhìu"}, "của": {"cũa", "của"},
	}[strings.ToLower(viet.Canonical(w))]
	if !ok || r.Float64() >= chance {
		return w
	}
	return short[r.IntN(len(short))]
}

// strew sticks links, tags, numbers and signs to a message.
func strew(r *rand.Rand, s string) string {
	front := []string{"", "Fwd: Fwd:", "[Chuyển tiếp]", "🔴🔴", "NÓNG!!!", "⚠️ Cảnh báo:", ">>>"}
	back := []string{
		"", "https://tinmoi.example/bai/8841?utm_source=fb", "#tinnong #chiase", "👇👇👇", "LH 0912 345 678",
		"(nguồn: internet)", "ai ở gần cẩn thận nha", "chia sẻ giúp mình với",
	}
	return strings.TrimSpace(front[r.IntN(len(front))] + " " + s + " " + back[r.IntN(len(back))])
}

// chain puts a message inside a chain letter.
func chain(r *rand.Rand, s string) string {
	open, shut := letter(r)
	return open + " " + s + " " + shut
}

// letter is the opening and the closing of a chain letter.
func letter(r *rand.Rand) (string, string) {
	open := [...]string{
		"Cả nhà ơi đọc tin này chưa, em mới nhận được từ một người bạn làm trong ngành, mọi người để ý giúp em nhé.",
		"Mọi người lưu ý đừng chủ quan, bạn em vừa gửi vào nhóm lớp sáng nay mà em run cả tay.",
		"Bà con cô bác chú ý, tin mới nhất vừa nhận được, xin đọc cho hết rồi hẵng lướt qua.",
		"Không biết thực hư thế nào nhưng cứ đăng lên đây để các anh các chị cùng xem và cho ý kiến.",
	}
	shut := [...]string{
		"Hãy gửi cho ít nhất mười người thân của bạn ngay hôm nay, chậm một phút là có thêm một người bị hại. Cảm ơn mọi người rất nhiều.",
		"Em chỉ chép lại thôi ạ, ai biết rõ hơn thì nhắn em, còn không thì cứ chuyển cho gia đình và bạn bè để phòng trước.",
		"Ai không tin thì thôi nhưng đừng nói là không có người báo trước. Đọc xong nhớ chuyển tiếp vào các nhóm gia đình.",
		"Chúc cả nhà một ngày bình an, nhớ giữ gìn sức khỏe và nhắc các cụ ở nhà cẩn thận.",
	}
	return open[r.IntN(len(open))], shut[r.IntN(len(shut))]
}
