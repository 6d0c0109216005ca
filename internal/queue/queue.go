// Package queue is what members see of the questions that came in: claims and
// never people, what waits longest and was asked most first, one page at a
// time. Words of askers come out of it only through workflow.Read, which writes
// each showing down, and one claim at a time or one page: nothing here searches,
// filters, counts or exports over them. Search is over claims in the desk's own
// words and over published checks.
package queue

import (
	"context"
	"strconv"
	"strings"

	"sangto/internal/desk"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

// What the acts take and give.
type (
	// Wording is a claim in the desk's own words.
	Wording = workflow.Wording
	// Refused says what came of a refusal of several claims.
	Refused = workflow.Refused
	// Words are what an asker wrote, redacted.
	Words = workflow.Words
	// Refusal is one refusal of several claims.
	Refusal = store.BulkAct
	// Alert says that a member passed the limit of a day.
	Alert = store.Alert
)

// WordingMax is the longest wording of a claim, in characters.
const WordingMax = workflow.WordingMax

// Spam is the reason that leads to the bin.
const Spam = workflow.Spam

// Queue shows the queue of one desk and, by the embedded Workflow, acts on it.
// It is safe for concurrent use.
type Queue struct {
	*workflow.Workflow
	db     *store.DB
	finder *lookup.Finder
	worded *lookup.Worded
}

// New returns the queue of the desk deskID. It reads the worded claims once.
func New(ctx context.Context, db *store.DB, f *lookup.Finder, flow *workflow.Workflow, deskID string) (*Queue, error) {
	q := &Queue{Workflow: flow, db: db, finder: f, worded: lookup.NewWorded(deskID)}
	return q, q.Reload(ctx)
}

// Reload learns of claims that were worded or ended elsewhere. The program calls
// it every minute.
func (q *Queue) Reload(ctx context.Context) error { return q.worded.Reload(ctx, q.db) }

// View is one way of looking at the queue.
type View string

// The views.
const (
	Waiting  View = "waiting"  // what has no wording yet
	Free     View = "free"     // of these, what nobody has taken on
	Mine     View = "mine"     // what I have taken on
	Checking View = "checking" // what is worded and not answered
	Review   View = "review"   // of these, what has a draft before a reviewer
	Bin      View = "bin"      // spam that can still be taken back
)

// Views lists the views in the order they are shown.
func Views() []View { return []View{Waiting, Free, Mine, Checking, Review, Bin} }

// Valid reports whether v is one of the views.
func (v View) Valid() bool {
	switch v {
	case Waiting, Free, Mine, Checking, Review, Bin:
		return true
	}
	return false
}

// Row is a claim in a list.
type Row struct {
	desk.Claim
	// By is the name of whoever has taken it on.
	By string
	// Words are what was asked, on a sheet only.
	Words *Words
}

// Page is a part of a view. Next leads to the following part, empty at the end.
type Page struct {
	View View
	Rows []Row
	Next string
}

const (
	pageRows  = 25
	sheetRows = 10
	// binRows and reviewRows bound the one page that these have.
	binRows    = 200
	reviewRows = 100
)

// cursor writes a place of the queue into an address.
func cursor(p store.Place) string {
	return strconv.Itoa(p.Lap) + "." + strconv.Itoa(int(p.Due)) + "." + p.ID
}

// place reads a cursor; whatever is none is the beginning.
func place(s string) store.Place {
	lap, rest, _ := strings.Cut(s, ".")
	due, id, _ := strings.Cut(rest, ".")
	l, err := strconv.ParseInt(lap, 10, 32)
	if err != nil || !desk.ValidID(id) {
		return store.Place{}
	}
	d, err := strconv.ParseInt(due, 10, 32)
	if err != nil {
		return store.Place{}
	}
	return store.Place{Lap: int(l), Due: desk.Day(d), ID: id}
}

// seat reads anew who the actor is, and whether they may see the queue.
func seat(tx *store.Tx, actor desk.Member) (desk.Member, error) {
	m, err := tx.Member(actor.ID)
	if desk.KindOf(err) == desk.NotFound && err != nil {
		m, err = desk.Member{Ended: true}, nil
	}
	if err != nil {
		return m, err
	}
	return m, desk.Allow(m, desk.ReadQueue, desk.DeskPublishing)
}

// List returns a part of a view that begins after the cursor after. It shows no
// word that was asked.
func (q *Queue) List(ctx context.Context, actor desk.Member, v View, after string) (Page, error) {
	return q.list(ctx, actor, v, after, pageRows)
}

// Sheet is a short List of what waits or is in the bin with the words that were
// asked, each of which is written to the read log.
func (q *Queue) Sheet(ctx context.Context, actor desk.Member, v View, after string) (Page, error) {
	p, err := q.list(ctx, actor, v, after, sheetRows)
	if err != nil {
		return Page{}, err
	}
	return p, q.fill(ctx, actor, p.Rows)
}

// fill puts the words into rows.
func (q *Queue) fill(ctx context.Context, actor desk.Member, rows []Row) error {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.State == desk.Waiting || r.Binned != 0 {
			ids = append(ids, r.ID)
		}
	}
	words, err := q.Read(ctx, actor, ids...)
	if err != nil {
		return err
	}
	for i := range rows {
		for j := range words {
			if words[j].ClaimID == rows[i].ID {
				rows[i].Words = &words[j]
			}
		}
	}
	return nil
}

func (q *Queue) list(ctx context.Context, actor desk.Member, v View, after string, limit int) (Page, error) {
	if !v.Valid() {
		return Page{}, &desk.Error{Kind: desk.NotFound, Op: "list queue", Key: "error.missing"}
	}
	p := Page{View: v}
	err := q.db.View(ctx, func(tx *store.Tx) error {
		m, err := seat(tx, actor)
		if err != nil {
			return err
		}
		claims, err := some(tx, m, v, place(after), limit+1)
		if err != nil {
			return err
		}
		if len(claims) > limit && v != Bin && v != Review {
			claims = claims[:limit]
			p.Next = cursor(store.PlaceOf(claims[limit-1]))
		}
		p.Rows, err = rows(tx, m.DeskID, claims)
		return err
	})
	return p, err
}

func some(tx *store.Tx, m desk.Member, v View, after store.Place, limit int) ([]desk.Claim, error) {
	f := store.QueueFilter{DeskID: m.DeskID, State: desk.Waiting}
	switch v {
	case Bin:
		return tx.Bin(m.DeskID, binRows)
	case Review:
		return inReview(tx, m.DeskID)
	case Mine:
		f.Assignee = m.ID
		return mine(tx, f, after, limit)
	case Free:
		f.Unassigned = true
	case Checking:
		f.State = desk.Checking
	}
	return tx.Queue(f, after, limit)
}

// inReview returns the claims whose drafts wait for a reviewer, each once.
func inReview(tx *store.Tx, deskID string) ([]desk.Claim, error) {
	drafts, err := tx.Drafts(deskID, desk.InReview, reviewRows)
	if err != nil {
		return nil, err
	}
	var out []desk.Claim
	seen := map[string]bool{"": true}
	for _, d := range drafts {
		if seen[d.ClaimID] {
			continue
		}
		seen[d.ClaimID] = true
		c, err := tx.Claim(d.ClaimID)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// mine is what the member has to word, page by page, and then what they are
// checking, as far as the last page has room: nobody checks more at a time.
func mine(tx *store.Tx, f store.QueueFilter, after store.Place, limit int) ([]desk.Claim, error) {
	waiting, err := tx.Queue(f, after, limit)
	if err != nil || len(waiting) == limit {
		return waiting, err
	}
	f.State = desk.Checking
	checking, err := tx.Queue(f, store.Place{}, limit-1-len(waiting))
	return append(waiting, checking...), err
}

// rows adds the names of those who have taken claims on.
func rows(tx *store.Tx, deskID string, claims []desk.Claim) ([]Row, error) {
	members, err := tx.Members(deskID)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(members))
	for _, m := range members {
		names[m.ID] = m.Name
	}
	out := make([]Row, 0, len(claims))
	for _, c := range claims {
		out = append(out, Row{Claim: c, By: names[c.Assignee]})
	}
	return out, nil
}

// Claim is one claim as a member sees it.
type Claim struct {
	Row
	// Head is the claim of which this one is a part; Parts are its own parts.
	Head  *Row
	Parts []Row
	// Like is the claim that it was taken to resemble and that is still open,
	// Alike other waiting ones of its kin: a member says whether they ask the
	// same.
	Like  *Row
	Alike []Row
	// Near are open claims of the desk, in its words, that the question
	// resembles, Checks published checks that do.
	Near   []Row
	Checks []lookup.Candidate
	// Members may take the claim on.
	Members []desk.Member
	// Bucket counts its parts too.
	Bucket desk.Bucket
}

const (
	alikeShown = 5
	nearShown  = 3
)

// Claim returns a claim with all that is needed to triage it. The words of a
// waiting one, of its parts and of the one it resembles are shown, and their
// showing is written down. A claim of another desk is desk.NotFound.
func (q *Queue) Claim(ctx context.Context, actor desk.Member, id string) (Claim, error) {
	var out Claim
	err := q.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = around(tx, actor, id)
		return err
	})
	if err != nil {
		return Claim{}, err
	}
	shown := []Row{out.Row}
	shown = append(shown, out.Parts...)
	if out.Like != nil {
		shown = append(shown, *out.Like)
	}
	if out.State == desk.Waiting || out.Binned != 0 {
		if err := q.fill(ctx, actor, shown); err != nil {
			return Claim{}, err
		}
	}
	out.Row = shown[0]
	copy(out.Parts, shown[1:])
	if out.Like != nil {
		*out.Like = shown[len(shown)-1]
	}
	return out, q.suggest(ctx, actor, &out)
}

// around reads a claim and those that belong to it.
func around(tx *store.Tx, actor desk.Member, id string) (Claim, error) {
	m, err := seat(tx, actor)
	if err != nil {
		return Claim{}, err
	}
	c, err := tx.Claim(id)
	if err == nil && c.DeskID != m.DeskID {
		err = &desk.Error{Kind: desk.NotFound, Op: "show claim", Key: "error.missing"}
	}
	if err != nil {
		return Claim{}, err
	}
	parts, err := tx.Parts(id)
	if err != nil {
		return Claim{}, err
	}
	one := func(id string) (*Row, error) {
		if id == "" {
			return nil, nil
		}
		c, err := tx.Claim(id)
		if err != nil {
			return nil, err
		}
		r, err := rows(tx, m.DeskID, []desk.Claim{c})
		if err != nil {
			return nil, err
		}
		return &r[0], nil
	}
	out := Claim{}
	list, err := rows(tx, m.DeskID, append([]desk.Claim{c}, parts...))
	if err != nil {
		return Claim{}, err
	}
	out.Row, out.Parts = list[0], list[1:]
	if out.Head, err = one(c.JoinedTo); err != nil {
		return Claim{}, err
	}
	asked := c.Asked
	for _, p := range parts {
		asked += p.Asked
	}
	out.Bucket = desk.BucketOf(asked)
	if c.State == desk.Waiting && c.JoinedTo == "" {
		if err := alike(tx, m, c, &out, one); err != nil {
			return Claim{}, err
		}
	}
	members, err := tx.Members(m.DeskID)
	for _, other := range members {
		if !other.Ended {
			out.Members = append(out.Members, other)
		}
	}
	return out, err
}

// alike fills in what a waiting claim was taken to resemble.
func alike(tx *store.Tx, m desk.Member, c desk.Claim, out *Claim, one func(string) (*Row, error)) error {
	root := c.Kin
	if root == "" {
		root = c.ID
	}
	likes, err := tx.Likes(root, alikeShown+1)
	if err != nil {
		return err
	}
	for _, l := range likes {
		if l.ID == c.ID || l.DeskID != m.DeskID || len(out.Alike) == alikeShown {
			continue
		}
		r, err := rows(tx, m.DeskID, []desk.Claim{l})
		if err != nil {
			return err
		}
		out.Alike = append(out.Alike, r...)
	}
	if c.Apart || c.Kin == "" {
		return nil
	}
	like, err := one(c.Kin)
	if err == nil && like.JoinedTo != "" {
		like, err = one(like.JoinedTo)
	}
	if err != nil {
		return err
	}
	if like.ID != c.ID && like.DeskID == m.DeskID && (like.State == desk.Waiting || like.State == desk.Checking) {
		out.Like = like
	}
	return nil
}

// suggest looks the words of a waiting claim up among what the desk and others
// have written.
func (q *Queue) suggest(ctx context.Context, actor desk.Member, c *Claim) error {
	words := c.Wording
	if c.Words != nil {
		words = c.Words.Text.String()
	}
	if words == "" || c.State == desk.Answered {
		return nil
	}
	var err error
	if c.Checks, err = q.finder.Find(ctx, words, nearShown); err != nil {
		return err
	}
	near, err := q.wordedClaims(ctx, actor, words, nearShown+1)
	for _, r := range near {
		if r.ID != c.ID && (c.Like == nil || r.ID != c.Like.ID) && len(c.Near) < nearShown {
			c.Near = append(c.Near, r)
		}
	}
	return err
}

// wordedClaims finds open claims by their wording.
func (q *Queue) wordedClaims(ctx context.Context, actor desk.Member, words string, limit int) ([]Row, error) {
	ids := q.worded.Search(words, limit)
	var out []Row
	err := q.db.View(ctx, func(tx *store.Tx) error {
		m, err := seat(tx, actor)
		if err != nil {
			return err
		}
		var claims []desk.Claim
		for _, id := range ids {
			c, err := tx.Claim(id)
			if err != nil {
				return err
			}
			if c.DeskID == m.DeskID && c.Wording != "" && c.State == desk.Checking {
				claims = append(claims, c)
			}
		}
		out, err = rows(tx, m.DeskID, claims)
		return err
	})
	return out, err
}

// Alike returns the waiting claims of the same kin as a claim, itself first,
// with the words that were asked: what a member looks through to join or refuse
// near-copies together. The showings are written down.
func (q *Queue) Alike(ctx context.Context, actor desk.Member, id string) (Page, error) {
	p := Page{View: Waiting}
	err := q.db.View(ctx, func(tx *store.Tx) error {
		c, err := around(tx, actor, id)
		if err != nil {
			return err
		}
		root := c.Kin
		if root == "" {
			root = c.ID
		}
		likes, err := tx.Likes(root, sheetRows)
		if err != nil {
			return err
		}
		claims := []desk.Claim{c.Claim}
		for _, l := range likes {
			if l.ID != c.ID && l.DeskID == c.DeskID {
				claims = append(claims, l)
			}
		}
		p.Rows, err = rows(tx, c.DeskID, claims)
		return err
	})
	if err != nil {
		return Page{}, err
	}
	return p, q.fill(ctx, actor, p.Rows)
}

// Found is what a member's search found.
type Found struct {
	Claims []Row
	Checks []lookup.Candidate
}

const (
	claimsFound = 10
	checksFound = 10
	// searchMax is the longest search, in bytes.
	searchMax = 1000
)

// Search looks words up among the open claims in the desk's own words, and the
// published checks. What askers wrote is not searched, and nobody's words are
// kept.
func (q *Queue) Search(ctx context.Context, actor desk.Member, words string) (Found, error) {
	words = strings.ToValidUTF8(words[:min(len(words), searchMax)], "")
	if strings.TrimSpace(words) == "" {
		return Found{}, nil
	}
	claims, err := q.wordedClaims(ctx, actor, words, claimsFound)
	if err != nil {
		return Found{}, err
	}
	checks, err := q.finder.Find(ctx, words, checksFound)
	return Found{Claims: claims, Checks: checks}, err
}

// Word is workflow.Word, after which the claim is found by its wording.
func (q *Queue) Word(ctx context.Context, actor desk.Member, claimID string, as workflow.Wording) error {
	if err := q.Workflow.Word(ctx, actor, claimID, as); err != nil {
		return err
	}
	return q.db.View(ctx, func(tx *store.Tx) error {
		c, err := tx.Claim(claimID)
		if err == nil && c.State == desk.Checking {
			q.worded.Put(c)
		}
		return err
	})
}

// Refusals returns the refusals that can still be taken back, latest first.
func (q *Queue) Refusals(ctx context.Context, actor desk.Member) ([]Refusal, error) {
	var out []Refusal
	err := q.db.View(ctx, func(tx *store.Tx) error {
		m, err := seat(tx, actor)
		if err != nil {
			return err
		}
		list, err := tx.BulkActs(m.DeskID, tx.Day()-desk.UndoDays)
		for _, a := range list {
			if !a.Undone {
				out = append(out, a)
			}
		}
		return err
	})
	return out, err
}

// Watch is what admins are shown of the read log: who passed the limit of a
// day, and whether the log is whole. It has no list of readings.
type Watch struct {
	Alerts []store.Alert
	Whole  bool
}

// Watch is for admins alone.
func (q *Queue) Watch(ctx context.Context, actor desk.Member) (Watch, error) {
	var out Watch
	err := q.db.View(ctx, func(tx *store.Tx) error {
		m, err := seat(tx, actor)
		if err != nil {
			return err
		}
		if err := desk.Allow(m, desk.ManageMembers, desk.DeskPublishing); err != nil {
			return err
		}
		if out.Alerts, err = tx.Alerts(m.DeskID); err != nil {
			return err
		}
		err = tx.VerifyReads()
		out.Whole = err == nil
		if desk.KindOf(err) == desk.Conflict {
			err = nil
		}
		return err
	})
	return out, err
}

// Waits reports whether something in the queue waits for a member: a claim
// without wording, or for an admin an alert.
func (q *Queue) Waits(ctx context.Context, m desk.Member) (bool, error) {
	waits := false
	err := q.db.View(ctx, func(tx *store.Tx) error {
		var err error
		if waits, err = tx.HasWaiting(m.DeskID); err != nil || waits || m.Role != desk.Admin {
			return err
		}
		alerts, err := tx.Alerts(m.DeskID)
		for _, a := range alerts {
			waits = waits || !a.Settled
		}
		return err
	})
	return waits, err
}
