package dump

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/store"
	"sangto/viet"
)

//go:embed offline/search.js
var searchScript string

//go:embed offline/search.css
var searchStyle string

//go:embed offline/body.html
var searchBody string

// offlineDigest changes with the page of the offline search.
func offlineDigest() string {
	sum := sha256.Sum256([]byte(searchScript + "\x00" + searchStyle + "\x00" + searchBody))
	return hex.EncodeToString(sum[:8])
}

// page writes the offline search: one file without a reference to anything
// outside it, which a browser opens from a memory stick. Its policy lets the
// one script and the one style in it run, by their hashes, and reaches no
// network. It is the only script the program gives to the public, and it never
// runs on the program's own pages: they hand the file out as a download.
type page struct {
	set   *set
	out   *bufio.Writer
	begun bool
}

func (s *set) newPage(out *bufio.Writer) (*page, error) {
	p := &page{set: s, out: out}
	head, err := json.Marshal(p.head())
	if err != nil {
		return nil, err
	}
	policy := "default-src 'none'; script-src '" + integrity(searchScript) + "'; style-src '" + integrity(searchStyle) + "'; base-uri 'none'; form-action 'none'"
	fmt.Fprintf(out, "<!doctype html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy)
	fmt.Fprintf(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>%s</title>\n<style>%s</style>\n</head>\n%s",
		html.EscapeString(s.name), searchStyle, strings.TrimSuffix(searchBody, "\n"))
	// json.Marshal writes <, > and & as escapes, so that no wording of a check
	// can end the block it stands in.
	_, err = fmt.Fprintf(out, "\n<script type=\"application/json\" id=\"head\">%s</script>\n<script type=\"application/json\" id=\"checks\">[", head)
	return p, err
}

// integrity is the hash under which a policy lets a block run.
func integrity(block string) string {
	sum := sha256.Sum256([]byte(block))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// offlineHead is what the page knows beside the checks.
type offlineHead struct {
	Name    string                       `json:"name"`
	Site    string                       `json:"site"`
	Day     string                       `json:"day"`
	Licence Licence                      `json:"licence"`
	Words   map[string]map[string]string `json:"words"`
	Fold    map[string]string            `json:"fold"`
}

// offlineCheck is a check as the page shows it.
type offlineCheck struct {
	URL     string `json:"u"`
	Lang    string `json:"l"`
	Claim   string `json:"c,omitempty"`
	Title   string `json:"t,omitempty"`
	Why     string `json:"s,omitempty"`
	Body    string `json:"b,omitempty"`
	ToDo    string `json:"d,omitempty"`
	Verdict string `json:"v,omitempty"`
	Kind    string `json:"k,omitempty"`
	Rating  string `json:"r,omitempty"`
	// Read marks a rating that is no verdict: it is read at its desk.
	Read       bool              `json:"x,omitempty"`
	Day        string            `json:"p,omitempty"`
	Corrected  bool              `json:"n,omitempty"`
	Desk       string            `json:"w"`
	Owner      string            `json:"o,omitempty"`
	OwnerKind  string            `json:"ok,omitempty"`
	Funders    string            `json:"f,omitempty"`
	FunderKind string            `json:"fk,omitempty"`
	Evidence   []offlineEvidence `json:"e,omitempty"`
}

type offlineEvidence struct {
	Stance    string `json:"s"`
	URL       string `json:"u,omitempty"`
	Title     string `json:"t,omitempty"`
	Publisher string `json:"p,omitempty"`
	Quote     string `json:"q,omitempty"`
	Day       string `json:"d,omitempty"`
}

// put adds a finding. What is none, and what has no words to be found by, is
// not in the page.
func (p *page) put(c store.Published) error {
	v := c.Latest()
	if stateOf(v) != Standing || v.Claim == "" {
		return nil
	}
	one := offlineCheck{
		URL: p.set.w.address(c), Lang: c.Check.Lang, Claim: v.Claim, Title: v.Title, Why: v.Summary, Body: v.Body, ToDo: v.ToDo,
		Verdict: string(v.Verdict), Kind: string(v.NotRatedKind), Rating: v.Rating, Read: v.NoVerdictRating, Day: v.Published.String(),
		Corrected: v.Act == desk.Correct, Desk: c.Desk.Name, Owner: c.Desk.Owner, Funders: c.Desk.Funders,
	}
	if one.Owner == "" && c.Desk.OwnerKind != desk.OwnerUnknown {
		one.OwnerKind = string(c.Desk.OwnerKind)
	}
	if one.Funders == "" && c.Desk.FunderKind != desk.OwnerUnknown {
		one.FunderKind = string(c.Desk.FunderKind)
	}
	for _, e := range v.Evidence {
		one.Evidence = append(one.Evidence, offlineEvidence{
			Stance: string(e.Stance), URL: e.URL, Title: e.Title, Publisher: e.Publisher, Quote: e.Quote, Day: e.Dated.String(),
		})
	}
	b, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if p.begun {
		b = append([]byte(",\n"), b...)
	}
	p.begun = true
	_, err = p.out.Write(b)
	return err
}

func (p *page) end() error {
	_, err := fmt.Fprintf(p.out, "]</script>\n<script>%s</script>\n</body>\n</html>\n", searchScript)
	return err
}

func (p *page) head() offlineHead {
	h := offlineHead{
		Name: p.set.name, Site: (&url.URL{Scheme: p.set.w.site.Scheme, Host: p.set.w.site.Host}).String(), Day: p.set.day.String(), Licence: p.set.w.licence,
		Words: map[string]map[string]string{}, Fold: foldTable(),
	}
	for _, tag := range lang.Tags() {
		h.Words[tag] = p.set.offlineWords(p.set.w.words.For(tag))
	}
	return h
}

// offlineWords are the sentences of the page in one language. {n}, {x} and
// {date} stand for what the script puts in.
func (s *set) offlineWords(words *lang.Words) map[string]string {
	out := map[string]string{
		"of": words.T("offline.of", "Date", words.Date(s.day)), "fixed": words.T("check.fixed_line"),
		"licence": words.T("data.licence_plain", "Licence", s.w.licence.Name, "URL", s.w.licence.URL),
		"rated":   words.T("check.rating_by", "Desk", "{x}"), "read": words.T("check.read_at", "Desk", "{x}"), "published": words.T("check.published", "Date", "{date}"),
		"corrected": words.T("check.corrected", "Date", "{date}"), "not_rated": words.T("check.not_rated", "Reason", "{x}"),
		"written": words.T("check.original_language", "Language", "{x}"), "dated": words.T("check.evidence_dated", "Date", "{date}"),
		"found": words.T("offline.found", "Number", "{n}"), "old": words.T("offline.old", "Number", "{n}"),
	}
	for name, key := range map[string]string{
		"title": "offline.title", "none": "offline.none", "says": "offline.says", "label": "offline.label", "hint": "offline.hint", "button": "offline.button", "private": "offline.private",
		"claim": "check.claim", "why": "offline.why", "evidence": "check.evidence", "desk": "check.desk", "owner": "check.owner",
		"funders": "check.funders", "undeclared": "check.undeclared", "more": "offline.more", "online": "offline.online", "original": "offline.original",
		"for": "check.evidence_for", "against": "check.evidence_against", "context": "check.evidence_context", "todo": "check.todo",
		"count": "offline.count", "empty": "offline.empty", "source": "offline.source",
	} {
		out[name] = words.T(key)
	}
	for _, v := range desk.Verdicts() {
		out["verdict."+string(v)] = words.Verdict(v)
	}
	for _, k := range append(desk.NotRatedKinds(), desk.Unsettled) {
		out["kind."+string(k)] = words.NotRated(k)
	}
	for _, k := range []desk.OwnerKind{desk.OwnerIndependent, desk.OwnerCompany, desk.OwnerUniversity, desk.OwnerState, desk.OwnerParty} {
		out["owner."+string(k)] = words.Owner(k)
	}
	for _, tag := range lang.Tags() {
		out["lang."+tag] = words.Language(tag)
	}
	return out
}

// foldTable says how package viet folds each character for which that is more
// than lower case, so that the page and the program never differ: letters with
// marks, marks by themselves, styled letters, invisible characters.
func foldTable() map[string]string {
	table := map[string]string{}
	for _, from := range foldRanges() {
		for r := from[0]; r <= from[1]; r++ {
			s := string(r)
			// The script's lower case of a letter may have a mark where ours has none.
			if folded := viet.Fold(s); folded != string(unicode.ToLower(r)) || len(folded) == 1 {
				table[s] = folded
			}
		}
	}
	return table
}

// foldRanges are the blocks in which such characters are.
func foldRanges() [][2]rune {
	return [][2]rune{
		{0x80, 0x3ff},
		{0x1d00, 0x1eff},
		{0x2000, 0x218f},
		{0x2460, 0x24ff},
		{0x2c60, 0x2c7f},
		{0xa720, 0xa7ff},
		{0xfb00, 0xfb06},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xffef},
		{0x1d400, 0x1d7ff},
		{0x1f100, 0x1f1ff},
	}
}
