package lang_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/lang"
)

// banned are the statutory and campaign terms that the interface never uses,
// in any language. Verdict words are the desk's own; a label that a government
// or a campaign uses to brand people has no place here.
var banned = []string{
	"tin giả", "xấu độc", "sai sự thật", "xuyên tạc", "vu khống", "thù địch", "phản động", "phản bác",
	"định hướng", "chính thống", "dư luận", "tố giác", "đối tượng",
	"fake news", "toxic", "hostile", "do not share", "certified",
}

// claimed are words a desk may not say of itself; each may appear only inside
// the phrase beside it.
var claimed = map[string]string{"independent": "not independent", "độc lập": "không độc lập"}

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	c := load(t)
	first := c.For(lang.Tags()[0]).Keys()
	if len(first) < 100 {
		t.Fatalf("only %d keys: the catalogue was not read", len(first))
	}
	for _, tag := range lang.Tags()[1:] {
		other := c.For(tag)
		for _, key := range first {
			if !other.Has(key) {
				t.Errorf("%s lacks %q", tag, key)
			}
		}
		for _, key := range other.Keys() {
			if !slices.Contains(first, key) {
				t.Errorf("only %s has %q", tag, key)
			}
		}
	}
}

// TestSentencesTakeTheSameArguments catches a translation that forgot an
// argument or a link, which no reader of one language would notice.
func TestSentencesTakeTheSameArguments(t *testing.T) {
	argument := regexp.MustCompile(`\{\{\.\w+\}\}|\[\[|\]\]`)
	used := map[string]map[string]string{}
	eachSentence(t, func(tag, key, text string) {
		found := argument.FindAllString(text, -1)
		slices.Sort(found)
		if used[key] == nil {
			used[key] = map[string]string{}
		}
		used[key][tag] = strings.Join(slices.Compact(found), " ")
	})
	for key, by := range used {
		if by[lang.Vietnamese] != by[lang.English] {
			t.Errorf("%s: vi uses %q, en uses %q", key, by[lang.Vietnamese], by[lang.English])
		}
	}
}

func TestBannedWords(t *testing.T) {
	sentences := 0
	eachSentence(t, func(tag, key, text string) {
		sentences++
		low := strings.ToLower(text)
		for _, word := range banned {
			if strings.Contains(low, word) {
				t.Errorf("%s %s says %q", tag, key, word)
			}
		}
		for word, phrase := range claimed {
			if strings.Contains(strings.ReplaceAll(low, phrase, ""), word) {
				t.Errorf("%s %s says %q outside %q", tag, key, word, phrase)
			}
		}
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s %s is empty", tag, key)
		}
	})
	if sentences < 200 {
		t.Fatalf("only %d sentences read", sentences)
	}
}

// TestVietnameseIsAccented catches a sentence typed without its marks: few
// Vietnamese sentences of some length have none.
func TestVietnameseIsAccented(t *testing.T) {
	marked := regexp.MustCompile(`[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]`)
	eachSentence(t, func(tag, key, text string) {
		if tag == lang.Vietnamese && len(strings.Fields(text)) > 3 && !marked.MatchString(strings.ToLower(text)) {
			t.Errorf("%s has no diacritics: %q", key, text)
		}
	})
}

// eachSentence calls f for each plural form of each sentence as it is written
// in the files, and fails on a key given twice in one file.
func eachSentence(t *testing.T, f func(tag, key, text string)) {
	t.Helper()
	names, err := filepath.Glob("catalog/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogue: %v", err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tag := strings.Split(filepath.Base(name), ".")[1]
		seen := map[string]bool{}
		dec := json.NewDecoder(bytes.NewReader(raw))
		if _, err := dec.Token(); err != nil {
			t.Fatal(name, err)
		}
		for dec.More() {
			token, err := dec.Token()
			if err != nil {
				t.Fatal(name, err)
			}
			key := token.(string)
			if seen[key] {
				t.Errorf("%s gives %q twice", name, key)
			}
			seen[key] = true
			var value any
			if err := dec.Decode(&value); err != nil {
				t.Fatal(name, key, err)
			}
			switch v := value.(type) {
			case string:
				f(tag, key, v)
			case map[string]any:
				for _, form := range v {
					f(tag, key, form.(string))
				}
			}
		}
	}
}

// families are keys the program makes from the values of a closed list.
func families() []string {
	var out []string
	for _, v := range desk.Verdicts() {
		out = append(out, "verdict."+string(v), "verdict_meaning."+string(v))
	}
	for _, k := range append(desk.NotRatedKinds(), desk.Unsettled) {
		out = append(out, "not_rated."+string(k), "not_rated_meaning."+string(k))
	}
	for _, topic := range desk.Topics() {
		out = append(out, "topic."+topic)
	}
	for _, k := range []desk.OwnerKind{
		desk.OwnerIndependent, desk.OwnerCompany, desk.OwnerUniversity,
		desk.OwnerState, desk.OwnerParty, desk.OwnerUnknown,
	} {
		out = append(out, "owner."+string(k))
	}
	for _, s := range []desk.Stance{desk.For, desk.Against, desk.Context} {
		out = append(out, "stance."+string(s))
	}
	for _, kind := range []string{"phone", "email", "id", "account", "number", "handle", "profile", "sender", "plate"} {
		out = append(out, "placeholder."+kind, "redaction."+kind)
	}
	for _, kind := range []string{"name", "address", "link", "number"} {
		out = append(out, "hint."+kind)
	}
	for _, k := range desk.NoticeKinds() {
		out = append(out, "notice_kind."+string(k))
	}
	for m := 1; m <= 12; m++ {
		out = append(out, "date.month."+strconv.Itoa(m))
	}
	return out
}

var (
	// prefix is a key that the program completes: "language." + tag.
	prefix  = regexp.MustCompile("[\"`]([a-z][a-z_]*(?:\\.[a-z0-9_]+)*\\.)[\"`]")
	literal = regexp.MustCompile("[\"`]([a-z][a-z_]*(?:\\.[a-z0-9_]+)+)[\"`]")
	areas   = regexp.MustCompile(`^(site|date|home|answer|ask|track|check|list|desks|desk|about|privacy|accessibility|problem|error|verdict|redaction|role|copy|notice|desk_[a-z]+)\.`)
)

// TestKeysInUse reads every template and Go file of the program: a key that
// the catalogue lacks would be shown raw, and a sentence nobody uses is
// translated for nothing.
func TestKeysInUse(t *testing.T) {
	used := map[string]string{}
	open := []string{"language.", "alert_word."}
	for _, key := range families() {
		used[key] = "a closed list"
	}
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		source := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if !source && !strings.HasSuffix(name, ".html") {
			return nil
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllSubmatch(raw, -1) {
			used[string(m[1])] = name
		}
		for _, m := range prefix.FindAllSubmatch(raw, -1) {
			open = append(open, string(m[1]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	vi := load(t).For(lang.Vietnamese)
	for key, where := range used {
		if areas.MatchString(key) && !vi.Has(key) && !fileName(key) {
			t.Errorf("%s uses %q, which the catalogue lacks", where, key)
		}
	}
	for _, key := range vi.Keys() {
		if used[key] == "" && !slices.ContainsFunc(open, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nobody uses %q", key)
		}
	}
}

// fileName tells "home.html" from a key, and a setting's name from a sentence.
func fileName(key string) bool {
	switch key[strings.LastIndexByte(key, '.'):] {
	case ".txt", ".html", ".css", ".svg", ".json", ".go", ".db":
		return true
	}
	return false
}
