package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/publish"
	"sangto/internal/record/leaf"
	"sangto/ledger"
)

// pageMost is the longest page that is read, in bytes.
const pageMost = 4 << 20

// listsMost bounds the pages of the list of checks.
const listsMost = 10_000

// Shown is what a desk shows to readers, to be held against its record. It must
// be safe for concurrent use. Errors mean that it could not be read.
type Shown interface {
	// Others walks everything that is shown as published. It calls listed for
	// every check and returns those of the desk's own that are not in recorded, and how
	// many checks of other desks there are.
	Others(ctx context.Context, recorded func(id string) bool, listed func(id string)) (unrecorded []string, others int, err error)
	// Compare says in English what of a version is not shown as recorded.
	Compare(ctx context.Context, v Version) ([]string, error)
}

// Version is one version of a check as the record has it.
type Version struct {
	Index  int64
	Leaf   leaf.Leaf
	Newest bool
	// Hidden means that the words are withheld or erased.
	Hidden  bool
	Content leaf.Content
	Words   wording
}

// site reads the pages of a desk as a reader's browser does.
type site struct {
	src   ledger.Source
	host  string
	words *lang.Words
}

// NewSite returns the pages at an address.
func NewSite(w *Web, words *lang.Catalog) Shown {
	return &site{src: w, host: w.base.Hostname(), words: words.For(lang.Vietnamese)}
}

var (
	checkHref  = regexp.MustCompile(`href="[^"]*?/c/([0-9a-hjkmnp-tv-z]{16})[/"]`)
	nextHref   = regexp.MustCompile(`<a href="([^"]+)" rel="next"`)
	recordMark = regexp.MustCompile(`<section id="record"[^>]*\sdata-leaf="(\d{1,15})"`)
	stampMark  = regexp.MustCompile(`(?s)<p class="stamp big v-([a-z_]+)">(.*?)</p>`)
	sourceHref = regexp.MustCompile(`<a class="go" href="(https?://[^"]+)" rel="noopener nofollow"`)
	tags       = regexp.MustCompile(`(?s)<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>|<[^>]*>`)
)

// Others implements [Shown] by the list of checks.
func (s *site) Others(ctx context.Context, recorded func(string) bool, listed func(string)) (unrecorded []string, others int, err error) {
	path, seen := "checks", map[string]bool{}
	for range listsMost {
		page, err := s.src.Read(ctx, path, pageMost)
		if err != nil {
			return nil, 0, fmt.Errorf("the list of checks: %w", err)
		}
		for _, m := range checkHref.FindAllSubmatch(page, -1) {
			id := string(m[1])
			if seen[id] {
				continue
			}
			seen[id] = true
			listed(id)
			if recorded(id) {
				continue
			}
			other, err := s.another(ctx, id)
			if err != nil {
				return nil, 0, err
			}
			if other {
				others++
			} else {
				unrecorded = append(unrecorded, id)
			}
		}
		next := nextHref.FindSubmatch(page)
		if next == nil {
			return unrecorded, others, nil
		}
		to := strings.TrimPrefix(html.UnescapeString(string(next[1])), "/")
		if to == path || !strings.HasPrefix(to, "checks") {
			return nil, 0, errors.New("the list of checks leads nowhere")
		}
		path = to
	}
	return nil, 0, errors.New("the list of checks does not end")
}

// another reports whether a check is one of another desk: it says where it was
// published, and that is not here.
func (s *site) another(ctx context.Context, id string) (bool, error) {
	page, err := s.src.Read(ctx, "c/"+id, pageMost)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("check %s: %w", id, err)
	}
	m := sourceHref.FindSubmatch(page)
	if m == nil || recordMark.Match(page) {
		return false, nil
	}
	at, err := NewWeb(strings.SplitN(html.UnescapeString(string(m[1])), "?", 2)[0])
	return err != nil || at.base.Hostname() != s.host, nil
}

// Compare implements [Shown].
func (s *site) Compare(ctx context.Context, v Version) ([]string, error) {
	page, err := s.src.Read(ctx, pagePath(v), pageMost)
	var damage *ledger.Damage
	switch {
	case errors.Is(err, fs.ErrNotExist) && v.Hidden:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return []string{"the page is not there"}, nil
	case errors.As(err, &damage):
		return []string{damage.Text}, nil
	case err != nil:
		return nil, err
	case v.Hidden:
		return nil, nil
	}
	return s.compare(string(page), v), nil
}

func (s *site) compare(page string, v Version) []string {
	var wrong []string
	m := recordMark.FindStringSubmatch(page)
	switch {
	case m == nil:
		wrong = append(wrong, "the page does not say that it is on the record")
	case m[1] != strconv.FormatInt(v.Index, 10):
		wrong = append(wrong, "the page is of entry "+m[1]+" and not of this one")
	}
	sign, label := s.stamp(v)
	stamp := stampMark.FindStringSubmatch(page)
	if stamp == nil || stamp[1] != sign || bare(stamp[2]) != bare(html.EscapeString(label)) {
		wrong = append(wrong, "the page shows another verdict than "+label)
	}
	text := bare(page)
	w := v.Words
	for _, part := range []struct{ name, markup string }{
		{"the title", html.EscapeString(publish.Plain(w.Title))},
		{"the claim", html.EscapeString(publish.Plain(w.Claim))},
		{"the summary", html.EscapeString(publish.Plain(w.Summary))},
		{"the reasoning", string(publish.HTML(w.Body))},
		{"what a reader can do", string(publish.HTML(w.ToDo))},
	} {
		if !strings.Contains(text, bare(part.markup)) {
			wrong = append(wrong, part.name+" is not shown as recorded")
		}
	}
	return append(wrong, sources(text, v.Content.Evidence)...)
}

// stamp is what the page must say for the verdict.
func (s *site) stamp(v Version) (sign, label string) {
	switch {
	case v.Leaf.Kind == leaf.Retract || v.Words.gone:
		return "withdrawn", s.words.T("check.withdrawn_label")
	case v.Words.Verdict == desk.NotRated:
		return string(desk.NotRated), s.words.T("check.not_rated", "Reason", s.words.NotRated(v.Words.NotRated))
	}
	return string(v.Words.Verdict), s.words.Verdict(v.Words.Verdict)
}

// sources holds what is cited to what is shown.
func sources(text string, evidence []string) []string {
	var wrong []string
	for i, raw := range evidence {
		var e struct {
			Title string `json:"title"`
			Quote string `json:"quote"`
		}
		if err := json.Unmarshal([]byte(raw), &e); err != nil {
			wrong = append(wrong, fmt.Sprintf("source %d cannot be read: %v", i+1, err))
			continue
		}
		for _, part := range []string{e.Title, e.Quote} {
			if !strings.Contains(text, bare(html.EscapeString(publish.Plain(part)))) {
				wrong = append(wrong, fmt.Sprintf("source %d is not shown as recorded", i+1))
				break
			}
		}
	}
	return wrong
}

// bare is the text of markup without any space, so that how a page is laid out
// makes no difference.
func bare(markup string) string {
	text := html.UnescapeString(tags.ReplaceAllString(markup, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// walk holds what is listed as published to what is recorded. An error means
// that it could not.
func (c *contents) walk(ctx context.Context) error {
	listed := map[string]bool{}
	unrecorded, others, err := c.shown.Others(ctx, func(id string) bool { return c.checks[id] != nil }, func(id string) { listed[id] = true })
	if err != nil {
		return err
	}
	for _, id := range unrecorded {
		c.report.problem(Problem{Kind: Unrecorded, Index: -1, Path: "c/" + id, Text: "this check of the desk is not on the record"})
	}
	if others > 0 {
		c.report.note(Others, others, "")
	}
	for _, id := range slices.Sorted(maps.Keys(c.checks)) {
		of := c.checks[id]
		if len(of.versions) == 0 || listed[id] || of.withheld() || of.newest().Kind == leaf.Retract {
			continue
		}
		c.wrong(Page, of.newest().index, "check %s is not in the list of checks", id)
	}
	return nil
}
