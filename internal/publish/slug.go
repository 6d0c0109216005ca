package publish

import (
	"strings"

	"sangto/viet"
)

// slugMax is the longest slug, in bytes: addresses are read aloud and typed.
const slugMax = 60

// Slug makes the readable end of a check's address from its title: folded to
// plain letters and digits, words joined by hyphens, at most 60 bytes, cut at
// a word. A title without such letters has the empty slug.
func Slug(title string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(viet.Fold(title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		if b.Len() == 0 {
			b.WriteString(word[:min(len(word), slugMax)])
			continue
		}
		if b.Len()+1+len(word) > slugMax {
			break
		}
		b.WriteByte('-')
		b.WriteString(word)
	}
	return b.String()
}
