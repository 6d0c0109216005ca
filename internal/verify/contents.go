package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/ledger"
)

// wording is the body of a version, as desk.VersionBytes writes it, as far as it
// is held against anything.
type wording struct {
	Check      string            `json:"check"`
	Act        desk.Act          `json:"act"`
	AboutPower bool              `json:"about_power"`
	Verdict    desk.Verdict      `json:"verdict"`
	NotRated   desk.NotRatedKind `json:"not_rated_kind"`
	Claim      string            `json:"claim"`
	Title      string            `json:"title"`
	Summary    string            `json:"summary"`
	Body       string            `json:"body"`
	ToDo       string            `json:"todo"`
	Evidence   []json.RawMessage `json:"evidence"`
	// gone is from what publishing added: the check was withdrawn before.
	gone bool
}

// contents reads the words beside the log and holds them to the leaves.
type contents struct {
	*leaves
	src      ledger.Source
	progress func(done, total int64)

	mu       sync.Mutex
	done     int64
	unsigned []string
	counted  Counts
	erased   int
	withheld int
	// shown is what readers see, nil where there is only the record.
	shown Shown
	found []Problem
}

// ContentPath is where the words behind an entry lie, from the root of a site.
func ContentPath(index int64) string { return "log/content/" + strconv.FormatInt(index, 10) }

// run looks at all of them. An error means that it could not.
func (c *contents) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan numbered)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for n := range work {
				if err := c.one(ctx, n); err != nil {
					stop(err)
				}
			}
		})
	}
feed:
	for _, n := range c.bodies {
		select {
		case work <- n:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.sumUp()
	return nil
}

// sumUp puts what several goroutines found in order.
func (c *contents) sumUp() {
	slices.SortStableFunc(c.found, func(a, b Problem) int { return int(a.Index - b.Index) })
	for _, p := range c.found {
		c.report.problem(p)
	}
	counted := &c.report.Checked
	counted.Contents, counted.Approvals, counted.Signed, counted.Pages = c.counted.Contents, c.counted.Approvals, c.counted.Signed, c.counted.Pages
	if c.erased > 0 {
		c.report.note(Erased, c.erased, "")
	}
	if c.withheld > 0 {
		c.report.note(Withheld, c.withheld, "")
	}
	slices.Sort(c.unsigned)
	for i, text := range c.unsigned {
		if i == noted {
			break
		}
		c.report.note(Unsigned, len(c.unsigned), text)
	}
}

// noted bounds the notes of one kind.
const noted = 20

// tell reports problems of one leaf.
func (c *contents) tell(kind Kind, n numbered, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = append(c.found, Problem{Kind: kind, Index: n.index, Path: ContentPath(n.index), Text: fmt.Sprintf(format, args...)})
}

func (c *contents) one(ctx context.Context, n numbered) error {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.done++; c.progress != nil && c.done%64 == 0 {
			c.progress(c.done, int64(len(c.bodies)))
		}
	}()
	text, err := c.src.Read(ctx, ContentPath(n.index), leaf.ContentMax)
	var damage *ledger.Damage
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.absent(ctx, n)
	case errors.As(err, &damage):
		c.tell(Content, n, "%s", damage.Text)
		return nil
	case err != nil:
		return err
	}
	content, err := leaf.ParseContent(text)
	if err != nil {
		c.tell(Content, n, "%v", err)
		return nil
	}
	c.mu.Lock()
	c.counted.Contents++
	c.mu.Unlock()
	wrong := n.Holds(content)
	for _, w := range wrong {
		c.tell(Content, n, "%s", w)
	}
	if len(wrong) > 0 {
		return nil
	}
	c.approvals(n, content)
	if !n.Kind.OfVersion() {
		return nil
	}
	words, ok := c.judge(n, content)
	if !ok {
		return nil
	}
	return c.compare(ctx, Version{Index: n.index, Leaf: n.Leaf, Content: content, Words: words})
}

// compare holds what readers see of a version to the record.
func (c *contents) compare(ctx context.Context, v Version) error {
	if c.shown == nil {
		return nil
	}
	of := c.checks[v.Leaf.Check]
	v.Newest = v.Index == of.newest().index
	v.Hidden = of.withheld() || of.erased(v.Leaf.Rev)
	wrong, err := c.shown.Compare(ctx, v)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted.Pages++
	for _, w := range wrong {
		c.found = append(c.found, Problem{Kind: Page, Index: v.Index, Path: pagePath(v), Text: w})
	}
	return nil
}

// pagePath is where a version is shown.
func pagePath(v Version) string {
	if v.Newest {
		return "c/" + v.Leaf.Check
	}
	return "c/" + v.Leaf.Check + "/v/" + strconv.Itoa(v.Leaf.Rev)
}

// absent asks the record why the words are not there.
func (c *contents) absent(ctx context.Context, n numbered) error {
	of := c.checks[n.Check]
	switch {
	case n.Check == "":
		c.tell(Content, n, "the text of %s is not there", n.subject())
		return nil
	case of.erased(n.Rev):
		c.mu.Lock()
		c.erased++
		c.mu.Unlock()
	case of.withheld():
		c.mu.Lock()
		c.withheld++
		c.mu.Unlock()
	default:
		c.tell(Content, n, "the words of %s, version %d, are not there, and no entry says that they were erased or withheld", n.subject(), n.Rev)
		return nil
	}
	return c.compare(ctx, Version{Index: n.index, Leaf: n.Leaf})
}

// judge looks at what the words of a version say. ok is false where they cannot
// be read.
func (c *contents) judge(n numbered, content leaf.Content) (w wording, ok bool) {
	if err := json.Unmarshal([]byte(content.Body), &w); err != nil {
		c.tell(Content, n, "the text cannot be read: %v", err)
		return w, false
	}
	same := w.Check == n.Check && leaf.OfAct(w.Act) == n.Kind && string(w.Verdict) == n.Verdict && string(w.NotRated) == n.NotRated && w.Claim == content.Claim &&
		slices.EqualFunc(w.Evidence, content.Evidence, func(a json.RawMessage, b string) bool { return bytes.Equal(a, []byte(b)) })
	if !same {
		c.tell(Content, n, "the text says something else than the entry: another check, act, verdict, claim or source")
	}
	if w.AboutPower && w.Verdict != desk.NotRated && (desk.OwnerKind(n.OwnerKind).OfPower() || desk.OwnerKind(n.FunderKind).OfPower()) && (n.Kind == leaf.Publish || n.Kind == leaf.Correct) {
		c.tell(Rule, n, "a desk of the state or of a party gives a verdict on public power")
	}
	var added struct {
		Gone bool `json:"gone"`
	}
	if err := json.Unmarshal([]byte(content.Added), &added); err != nil {
		c.tell(Content, n, "what publishing added cannot be read: %v", err)
		return w, false
	}
	w.gone = added.Gone
	return w, true
}

// approvals checks who agreed to the words.
func (c *contents) approvals(n numbered, content leaf.Content) {
	if content.Approvals == "" {
		return
	}
	list, err := leaf.ParseApprovals(content.Approvals)
	if err != nil {
		c.tell(Approval, n, "%v", err)
		return
	}
	revision := desk.HashBytes([]byte(content.Body))
	distinct, signed := map[string]bool{}, map[string]bool{}
	for _, a := range list {
		distinct[a.Key] = true
		if a.Revision != revision && n.Before == 0 {
			c.tell(Approval, n, "key %s approved another text", a.Key)
		}
		if n.Before == 1 {
			continue
		}
		k, why := c.good(a.Key, n)
		if why != "" {
			c.tell(Approval, n, "%s", why)
		}
		if c.signed(n, k, a) {
			signed[a.Key] = true
		}
	}
	c.count(n, len(distinct), len(signed), proofs(list))
}

func proofs(list []leaf.Approval) int {
	keys := map[string]bool{}
	for _, a := range list {
		if a.Proof != nil {
			keys[a.Key] = true
		}
	}
	return len(keys)
}

// signed reports whether an approval carries a signature that holds. A key that
// can sign and did not is a fault: anybody could have written its name.
func (c *contents) signed(n numbered, k *key, a leaf.Approval) bool {
	switch {
	case k == nil:
		return false
	case k.SPKI == "" && a.Proof == nil:
		return false
	case k.SPKI == "":
		c.tell(Approval, n, "key %s signs, and the record names no key to check that by", a.Key)
		return false
	case a.Proof == nil && n.Kind == leaf.Policy:
		// Pages are agreed to by name: nothing is signed there.
		return false
	case a.Proof == nil:
		c.tell(Approval, n, "the approval by key %s is not signed, though the key signs", a.Key)
		return false
	}
	if _, err := checkAssertion(*a.Proof, a.Revision, k.SPKI, k.Alg); err != nil {
		c.tell(Approval, n, "the approval by key %s does not hold: %v", a.Key, err)
		return false
	}
	return true
}

// count holds the numbers to what is needed and to what the entry says.
func (c *contents) count(n numbered, distinct, signed, carried int) {
	need := 2
	if n.Kind == leaf.WithholdOrder {
		need = desk.WithholdOrder.Keys()
	}
	if distinct < need {
		c.tell(Approval, n, "%d keys approved, and it takes %d", distinct, need)
	}
	if distinct != n.ApproversN || carried != n.SignedN {
		c.tell(Approval, n, "the entry counts %d keys and %d signatures, there are %d and %d", n.ApproversN, n.SignedN, distinct, carried)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted.Approvals += distinct
	c.counted.Signed += signed
	if n.Kind.OfVersion() && n.Before == 0 && signed < distinct {
		c.unsigned = append(c.unsigned, fmt.Sprintf("%s, version %d: %d of %d approvals are signed by a key", n.subject(), n.Rev, signed, distinct))
	}
}
