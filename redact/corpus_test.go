package redact_test

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"sangto/redact"
	"sangto/viet"
)

// A sample is one line of the corpus; testdata/corpus/README.md describes the
// columns and how a sample is judged.
type sample struct {
	where, kind, lang, form, text string
	secret, keep                  []string
}

// recall is what at least must be gone, by kind; lost is how much at most of a
// look-alike may be. Sender covers author tails.
var (
	recall = map[string]float64{"phone": 0.995, "email": 0.995, "id": 0.995, "handle": 0.995, "profile": 0.995, "account": 0.97, "sender": 0.95, "number": 0.97, "plate": 0.97}
	lost   = map[string]float64{"keep-amount": 0.01, "keep-date": 0.01, "keep-decree": 0.01, "keep-hotline": 0.01, "keep-other": 0.02}
)

func corpus(t *testing.T) []sample {
	t.Helper()
	var samples []sample
	for _, name := range []string{"grammar", "handwritten"} {
		f, err := os.Open("testdata/corpus/" + name + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			c := strings.Split(lines.Text(), "\t")
			if n == 1 {
				continue
			}
			if len(c) != 6 {
				t.Fatalf("%s:%d has %d columns", name, n, len(c))
			}
			s := sample{where: name, kind: c[0], lang: c[1], form: c[2], text: strings.ReplaceAll(c[3], `\n`, "\n")}
			s.secret, s.keep = parts(c[4]), parts(c[5])
			samples = append(samples, s)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return samples
}

func parts(column string) []string {
	if column == "" {
		return nil
	}
	return strings.Split(column, "|")
}

// A score counts parts of one kind.
type score struct{ parts, good int }

func (s score) rate() float64 { return float64(s.good) / float64(max(s.parts, 1)) }

func TestCorpus(t *testing.T) {
	gone, kept := map[string]score{}, map[string]score{}
	evaded := score{}
	samples := corpus(t)
	for _, s := range samples {
		result := redact.Redact(s.text).Text
		for _, secret := range s.secret {
			ok := hidden(result, secret)
			if s.form == "evade" {
				evaded = evaded.with(ok)
				continue
			}
			gone[s.kind] = gone[s.kind].with(ok)
			if !ok {
				t.Logf("%s: %s %s left %q\n in  %q\n out %q", s.where, s.kind, s.form, secret, s.text, result)
			}
		}
		for _, keep := range s.keep {
			if s.form == "evade" {
				continue
			}
			ok := strings.Contains(squeeze(viet.Canonical(result)), squeeze(viet.Canonical(keep)))
			kind := s.kind
			if !strings.HasPrefix(kind, "keep-") {
				kind = "beside " + kind
			}
			kept[kind] = kept[kind].with(ok)
			if !ok {
				t.Logf("%s: %s %s lost %q\n in  %q\n out %q", s.where, s.kind, s.form, keep, s.text, result)
			}
		}
	}
	for _, kind := range sorted(gone) {
		s := gone[kind]
		t.Logf("%-14s %5d parts, %6.2f %% gone", kind, s.parts, 100*s.rate())
		if s.parts == 0 || s.rate() < recall[kind] {
			t.Errorf("%s: %.4f gone, want %.3f", kind, s.rate(), recall[kind])
		}
	}
	for _, kind := range sorted(kept) {
		s := kept[kind]
		t.Logf("%-14s %5d parts, %6.2f %% kept", kind, s.parts, 100*s.rate())
		if limit, gated := lost[kind]; gated && 1-s.rate() > limit {
			t.Errorf("%s: %.4f lost, want at most %.3f", kind, 1-s.rate(), limit)
		}
	}
	for kind := range recall {
		t.Attr("percent_gone_"+kind, fmt.Sprintf("%.2f", 100*gone[kind].rate()))
	}
	t.Attr("strings", fmt.Sprint(len(samples)))
	t.Logf("disguises beyond the rules: %d of %d gone", evaded.good, evaded.parts)
	for kind := range recall {
		if gone[kind].parts < 50 {
			t.Errorf("only %d parts of kind %s", gone[kind].parts, kind)
		}
	}
}

func (s score) with(good bool) score {
	s.parts++
	if good {
		s.good++
	}
	return s
}

func sorted(m map[string]score) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// hidden reports whether a secret is gone from a result: of one made of digits,
// no five in a row are left among the digits of the result; any other is not
// found whatever its case and marks.
func hidden(result, secret string) bool {
	secret = viet.Canonical(secret)
	if strings.ContainsFunc(secret, isLetter) {
		return !strings.Contains(squeeze(viet.Fold(result)), squeeze(viet.Fold(secret)))
	}
	const run = 5
	want, have := digits(secret), digits(viet.Canonical(result))
	if len(want) < run {
		return !strings.Contains(result, secret)
	}
	for i := 0; i+run <= len(want); i++ {
		if strings.Contains(have, want[i:i+run]) {
			return false
		}
	}
	return true
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0 }

// digits returns the digits of s.
func digits(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
