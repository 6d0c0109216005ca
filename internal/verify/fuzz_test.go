package verify

import (
	"strings"
	"testing"

	"sangto/internal/lang"
	"sangto/internal/record/leaf"
)

// FuzzPage gives the reader of pages whatever a site may answer.
func FuzzPage(f *testing.F) {
	words, err := lang.Load()
	if err != nil {
		f.Fatal(err)
	}
	s := &site{host: "desk.example", words: words.For(lang.Vietnamese)}
	f.Add(`<section id="record" data-leaf="7"></section><p class="stamp big v-not_true"><svg/><span>Không đúng</span></p>`)
	f.Add(`<p class="stamp big v-true"><script>`)
	f.Add(strings.Repeat("<", 1000))
	v := Version{Index: 7, Leaf: leaf.Leaf{Kind: leaf.Publish, Check: "0123456789abcdef", Rev: 1}}
	v.Words.Verdict, v.Words.Claim = "not_true", "x"
	v.Content.Evidence = []string{`{"title":"t"}`, `{`}
	f.Fuzz(func(t *testing.T, page string) {
		// The broken source is always told, so that nothing passes for whole.
		if wrong := s.compare(page, v); len(wrong) == 0 {
			t.Errorf("%q passes", page)
		}
	})
}

// FuzzAssertion gives the judge of approvals whatever a content may hold. No
// assertion of the fuzzer's is signed by this key.
func FuzzAssertion(f *testing.F) {
	const spki = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	f.Add("AAAA", "e30", "AAAA", spki, -8)
	f.Add("", "", "", "", 0)
	f.Fuzz(func(t *testing.T, auth, client, sig, key string, alg int) {
		revision := strings.Repeat("ab", 32)
		if _, err := checkAssertion(leaf.Assertion{AuthenticatorData: auth, ClientData: client, Signature: sig}, revision, key, alg); err == nil && key == spki {
			t.Error("an assertion that nobody signed holds")
		}
	})
}
