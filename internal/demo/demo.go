// Package demo brings the invented desks of the demonstration into a data
// folder. It goes the way everything goes: members publish with two keys
// through workflow, other desks' checks come in through import, and questions
// are asked through intake. The program that then serves the folder cannot
// tell it from any other.
package demo

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/store"
	"sangto/internal/transfer"
	"sangto/internal/workflow"
)

//go:embed data
var files embed.FS

// Clock is the time that seeding moves from day to day, so that the checks
// carry the days they are invented for.
type Clock struct{ at time.Time }

// Now implements the clock that a store takes.
func (c *Clock) Now() time.Time { return c.at }

// set moves the clock to noon of a day, well inside it in every time zone a
// desk may be in.
func (c *Clock) set(d desk.Day) { c.at = d.Time().Add(6 * time.Hour) }

// NewClock returns a clock standing at t.
func NewClock(t time.Time) *Clock { return &Clock{at: t} }

type deskFile struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	URL        string         `json:"url"`
	Lang       string         `json:"lang"`
	Owner      string         `json:"owner"`
	OwnerKind  desk.OwnerKind `json:"owner_kind"`
	Funders    string         `json:"funders"`
	FunderKind desk.OwnerKind `json:"funder_kind"`
	About      string         `json:"about"`
	Declared   desk.Day       `json:"declared"`
	Members    []struct {
		Name string    `json:"name"`
		Role desk.Role `json:"role"`
	} `json:"members"`
}

type checkFile struct {
	Slug         string            `json:"slug"`
	Desk         string            `json:"desk"`
	Lang         string            `json:"lang"`
	Topic        string            `json:"topic"`
	Kind         desk.ClaimKind    `json:"kind"`
	AboutPower   bool              `json:"about_power"`
	ClaimantKind desk.ClaimantKind `json:"claimant_kind"`
	Author       string            `json:"author"`
	Reviewer     string            `json:"reviewer"`
	wording
	Evidence    []evidenceFile `json:"evidence"`
	Corrections []struct {
		wording
		Evidence []evidenceFile `json:"evidence"`
	} `json:"corrections"`
	Withdrawn *wording `json:"withdrawn"`
}

// wording is what a later version may change; empty fields keep what was.
type wording struct {
	Verdict      desk.Verdict      `json:"verdict"`
	NotRatedKind desk.NotRatedKind `json:"not_rated_kind"`
	Claim        string            `json:"claim"`
	Title        string            `json:"title"`
	Summary      string            `json:"summary"`
	Body         string            `json:"body"`
	ToDo         string            `json:"todo"`
	Hearing      hearing           `json:"hearing"`
	Published    desk.Day          `json:"published"`
	AsOf         desk.Day          `json:"as_of"`
	Review       desk.Day          `json:"review"`
	Reason       string            `json:"reason"`
	Note         string            `json:"note"`
}

type hearing struct {
	State desk.HearingState `json:"state"`
	Note  string            `json:"note"`
}

type evidenceFile struct {
	Stance     desk.Stance `json:"stance"`
	URL        string      `json:"url"`
	Title      string      `json:"title"`
	Publisher  string      `json:"publisher"`
	OwnerGroup string      `json:"owner_group"`
	Quote      string      `json:"quote"`
	Locator    string      `json:"locator"`
	Dated      desk.Day    `json:"dated"`
	Archived   desk.Day    `json:"archived"`
}

type questionFile struct {
	Text     string            `json:"text"`
	Joins    []string          `json:"joins"`
	State    desk.ClaimState   `json:"state"`
	Wording  string            `json:"wording"`
	Lang     string            `json:"lang"`
	Check    string            `json:"check"`
	ClosedAs desk.NotRatedKind `json:"closed_as"`
}

// Loader seeds one data folder.
type Loader struct {
	DB     *store.DB
	Intake *intake.Intake
	Clock  *Clock
	Random io.Reader

	// Receipts are filled by Load: one for each question, so that whoever
	// tries the demonstration can open them.
	Receipts []Receipt

	flow      *workflow.Workflow
	members   map[string]desk.Member // by desk and name
	checks    map[string]string      // id by slug
	questions []questionFile
	// keysMade is when the keys in use were made, keysTurned when the next were, 0
	// while there are none.
	keysMade, keysTurned desk.Day
}

// Receipt is the code of one of the demonstration's questions.
type Receipt struct {
	State desk.ClaimState
	Code  string
}

// Desks puts the desks and their members in place. It must come first, because
// an Intake needs a desk to ask.
func Desks(ctx context.Context, db *store.DB) error {
	var desks []deskFile
	if err := read("desks.json", &desks); err != nil {
		return err
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		for _, d := range desks {
			err := tx.PutDesk(desk.Desk{
				ID: d.ID, Local: true, Name: d.Name, URL: d.URL, Lang: d.Lang, Owner: d.Owner, OwnerKind: d.OwnerKind,
				Funders: d.Funders, FunderKind: d.FunderKind, About: d.About, Declared: d.Declared,
			})
			if err != nil {
				return fmt.Errorf("desk %s: %w", d.ID, err)
			}
			for i, m := range d.Members {
				if err := tx.PutMember(member(d.ID, i, m.Name, m.Role)); err != nil {
					return fmt.Errorf("member of %s: %w", d.ID, err)
				}
			}
		}
		return banner(tx)
	})
}

func member(deskID string, i int, name string, role desk.Role) desk.Member {
	id := fmt.Sprintf("%s-%d", deskID, i+1)
	return desk.Member{ID: id, DeskID: deskID, Name: name, Role: role, KeyID: "key-" + id}
}

// banner sets the line that every page of the folder carries.
func banner(tx *store.Tx) error {
	var site struct {
		Name   string            `json:"name"`
		Notice map[string]string `json:"notice"`
	}
	if err := read("site.json", &site); err != nil {
		return err
	}
	if err := tx.SetSetting("site.name", site.Name); err != nil {
		return err
	}
	for l, text := range site.Notice {
		if err := tx.SetSetting("site.notice."+l, text); err != nil {
			return err
		}
	}
	return nil
}

// Load publishes the checks, imports the other desks' checks and asks the
// questions. The clock ends on the day it began.
func (l *Loader) Load(ctx context.Context) error {
	now := l.Clock.Now()
	today := desk.DayOf(now, time.UTC)
	l.flow = workflow.New(l.DB)
	l.checks = map[string]string{}
	if err := read("questions.json", &l.questions); err != nil {
		return err
	}
	if err := l.readMembers(ctx); err != nil {
		return err
	}
	if err := l.pages(ctx); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if err := l.publish(ctx); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := l.imports(ctx); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if err := l.open(ctx, today); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if err := l.keys(ctx, today); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := l.notices(ctx, now); err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	l.Clock.set(today)
	_, err := l.flow.Tick(ctx)
	return err
}

// keyAge is how old the members' present keys are, in days: they were rotated
// since the last check, and are past their wait.
const keyAge = 10

// keys gives each member the approval key they work with now. Whoever joins by
// a link makes one of their own, and until that one is past its wait this one
// is good.
func (l *Loader) keys(ctx context.Context, today desk.Day) error {
	l.Clock.set(today - keyAge)
	if err := l.makeKeys(ctx, ""); err != nil {
		return err
	}
	return l.takeKeys(ctx)
}

func (l *Loader) readMembers(ctx context.Context) error {
	l.members = map[string]desk.Member{}
	return l.DB.View(ctx, func(tx *store.Tx) error {
		desks, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		for _, d := range desks {
			ms, err := tx.Members(d.ID)
			if err != nil {
				return err
			}
			for _, m := range ms {
				l.members[d.ID+"/"+m.Name] = m
			}
		}
		return nil
	})
}

// pages publishes what every desk owes its readers, by the key of its admin and
// that of another member, on the day of its declaration.
func (l *Loader) pages(ctx context.Context) error {
	var desks []deskFile
	var texts map[desk.PageKind]struct{ VI, EN string }
	if err := read("desks.json", &desks); err != nil {
		return err
	}
	if err := read("pages.json", &texts); err != nil {
		return err
	}
	for _, d := range desks {
		l.Clock.set(d.Declared)
		fill := strings.NewReplacer("{owner}", d.Owner, "{funders}", d.Funders)
		// A desk that has not published yet has its keys at once.
		if err := l.makeKeys(ctx, d.ID+"/"); err != nil {
			return err
		}
		if err := l.readMembers(ctx); err != nil {
			return err
		}
		first, second := l.pair(d)
		for _, kind := range desk.RequiredPages() {
			text := desk.Wording{VI: fill.Replace(texts[kind].VI), EN: fill.Replace(texts[kind].EN)}
			if err := l.flow.ProposePage(ctx, first, kind, text); err != nil {
				return fmt.Errorf("%s of %s: %w", kind, d.ID, err)
			}
			if err := l.agree(ctx, second, kind); err != nil {
				return fmt.Errorf("%s of %s: %w", kind, d.ID, err)
			}
		}
	}
	return nil
}

// agree is the second key under what waits for it.
func (l *Loader) agree(ctx context.Context, m desk.Member, kind desk.PageKind) error {
	waiting, err := l.flow.DeskPages(ctx, m)
	if err != nil {
		return err
	}
	p, _ := waiting.Proposal(desk.ProposePage, string(kind))
	return l.flow.AgreePage(ctx, m, kind, p.SHA256)
}

// pair is an admin of the desk and a member who can be the second key.
func (l *Loader) pair(d deskFile) (admin, other desk.Member) {
	for _, m := range d.Members {
		switch known := l.members[d.ID+"/"+m.Name]; known.Role {
		case desk.Admin:
			admin = known
		case desk.Reviewer:
			other = known
		}
	}
	return admin, other
}

// step is one act of publication on its day, by two members.
type step struct {
	day              desk.Day
	check            int
	act              desk.Act
	lang             string
	author, reviewer desk.Member
	version          desk.Version
}

func (l *Loader) publish(ctx context.Context) error {
	var checks []checkFile
	if err := read("checks.json", &checks); err != nil {
		return err
	}
	var steps []step
	for i, c := range checks {
		s, err := l.steps(i, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Slug, err)
		}
		steps = append(steps, s...)
	}
	slices.SortStableFunc(steps, func(a, b step) int { return int(a.day - b.day) })
	for _, s := range steps {
		if err := l.turnKeys(ctx, s.day); err != nil {
			return err
		}
		s.author, s.reviewer = l.present(s.author), l.present(s.reviewer)
		if err := l.perform(ctx, checks[s.check].Slug, s); err != nil {
			return fmt.Errorf("%s %s: %w", s.act, checks[s.check].Slug, err)
		}
	}
	return nil
}

// present is a member as they are now: keys change in the course of a year.
func (l *Loader) present(m desk.Member) desk.Member {
	for _, now := range l.members {
		if now.ID == m.ID {
			return now
		}
	}
	return m
}

// turnAfter is the age in days from which the members make new keys, well
// within desk.KeyLife.
const turnAfter = 100

// turnKeys gives every member a new key in time, and lets them approve with it
// once it is past its wait.
func (l *Loader) turnKeys(ctx context.Context, day desk.Day) error {
	wait := desk.Day(desk.KeyWait/(24*time.Hour)) + 1
	switch {
	case l.keysMade == 0:
		l.keysMade = day
	case l.keysTurned != 0 && day > l.keysTurned+wait:
		l.keysMade, l.keysTurned = l.keysTurned, 0
		return l.takeKeys(ctx)
	case l.keysTurned == 0 && day-l.keysMade > turnAfter:
		l.keysTurned = day
		l.Clock.set(day)
		return l.makeKeys(ctx, "")
	}
	return nil
}

// takeKeys makes each member's newest key the one they approve with.
func (l *Loader) takeKeys(ctx context.Context) error {
	err := l.DB.Update(ctx, func(tx *store.Tx) error {
		for _, m := range l.members {
			keys, err := tx.ApprovalKeys(m.ID)
			if err != nil || len(keys) == 0 {
				return err
			}
			m.KeyID = keys[0].ID
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.readMembers(ctx)
}

// makeKeys makes a key for each member whose desk and name begin so.
func (l *Loader) makeKeys(ctx context.Context, prefix string) error {
	door := access.NewOperator(l.DB)
	for _, id := range slices.Sorted(maps.Keys(l.members)) {
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		if err := door.NewKey(ctx, l.members[id].ID); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) perform(ctx context.Context, slug string, s step) error {
	l.Clock.set(s.day)
	if s.act != desk.Publish {
		id, err := l.flow.StartRevision(ctx, s.author, l.checks[slug], s.act)
		if err != nil {
			return err
		}
		return l.carry(ctx, id, s)
	}
	claim, err := l.asked(ctx, slug, s.day)
	if err != nil {
		return err
	}
	l.Clock.set(s.day)
	id, err := l.flow.StartDraft(ctx, s.author, claim, s.lang)
	if err != nil {
		return err
	}
	if err := l.carry(ctx, id, s); err != nil {
		return err
	}
	return l.DB.View(ctx, func(tx *store.Tx) error {
		d, err := tx.Draft(id)
		l.checks[slug] = d.CheckID
		return err
	})
}

// asked brings in the question that a check answers, and its wording, on the
// days before. It returns the claim, "" if nobody asked.
func (l *Loader) asked(ctx context.Context, slug string, day desk.Day) (string, error) {
	for _, q := range l.questions {
		if q.State != desk.Answered || q.Check != slug {
			continue
		}
		claim, err := l.ask(ctx, day-2, q)
		if err != nil {
			return "", err
		}
		return claim, l.word(ctx, day-1, claim, q)
	}
	return "", nil
}

// carry takes a draft through the hands of its author and its reviewer.
func (l *Loader) carry(ctx context.Context, id string, s step) error {
	d, err := l.draft(ctx, id)
	if err != nil {
		return err
	}
	if d, err = l.flow.SaveDraft(ctx, s.author, id, d.Counter, s.version); err != nil {
		return err
	}
	revision, err := l.flow.HandIn(ctx, s.author, id)
	if err != nil {
		return err
	}
	err = l.flow.SubmitDraft(ctx, s.author, id, d.Counter, workflow.Handed{
		NoInterest: true, NobodyNamed: true,
		Approval: desk.Approval{MemberID: s.author.ID, KeyID: s.author.KeyID, Revision: revision},
	})
	if err != nil {
		return err
	}
	if s.act.Judges() {
		blind := desk.Classification{Kind: s.version.Kind, AboutPower: s.version.AboutPower}
		if err := l.flow.Classify(ctx, s.reviewer, id, blind); err != nil {
			return err
		}
	}
	_, err = l.flow.ApproveDraft(ctx, s.reviewer, id, desk.ReviewAnswers{NoInterest: true, Organisations: true},
		desk.Approval{MemberID: s.reviewer.ID, KeyID: s.reviewer.KeyID, Revision: revision})
	return err
}

func (l *Loader) draft(ctx context.Context, id string) (desk.Draft, error) {
	var d desk.Draft
	err := l.DB.View(ctx, func(tx *store.Tx) (err error) { d, err = tx.Draft(id); return err })
	return d, err
}

// steps turns a check's story into acts: its publication, its corrections,
// its withdrawal.
func (l *Loader) steps(i int, c checkFile) ([]step, error) {
	author, reviewer := l.members[c.Desk+"/"+c.Author], l.members[c.Desk+"/"+c.Reviewer]
	if author.ID == "" || reviewer.ID == "" {
		return nil, fmt.Errorf("no members %q and %q at desk %q", c.Author, c.Reviewer, c.Desk)
	}
	v := desk.Version{
		Kind: c.Kind, AboutPower: c.AboutPower, ClaimantKind: c.ClaimantKind, Topic: c.Topic, Evidence: evidence(c.Evidence),
	}
	apply(&v, c.wording)
	at := func(day desk.Day, act desk.Act) step {
		return step{day: day, check: i, act: act, lang: c.Lang, author: author, reviewer: reviewer, version: v}
	}
	out := []step{at(c.Published, desk.Publish)}
	for _, k := range c.Corrections {
		apply(&v, k.wording)
		if len(k.Evidence) > 0 {
			v.Evidence = evidence(k.Evidence)
		}
		out = append(out, at(k.Published, desk.Correct))
	}
	if c.Withdrawn != nil {
		apply(&v, *c.Withdrawn)
		out = append(out, at(c.Withdrawn.Published, desk.Withdraw))
	}
	return out, nil
}

// apply lays the given wording over a version.
func apply(v *desk.Version, w wording) {
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&v.Claim, w.Claim},
		{&v.Title, w.Title},
		{&v.Summary, w.Summary},
		{&v.Body, w.Body},
		{&v.ToDo, w.ToDo},
		{&v.Reason, w.Reason},
		{&v.Note, w.Note},
	} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if w.Verdict != "" {
		v.Verdict, v.NotRatedKind = w.Verdict, w.NotRatedKind
	}
	if w.AsOf != 0 {
		v.AsOf = w.AsOf
	}
	if w.Review != 0 {
		v.Review = w.Review
	}
	if w.Hearing.State != "" {
		v.Hearing = desk.Hearing(w.Hearing)
	}
}

func evidence(in []evidenceFile) []desk.Evidence {
	out := make([]desk.Evidence, 0, len(in))
	for i, e := range in {
		out = append(out, desk.Evidence{
			Position: i + 1, Stance: e.Stance, URL: e.URL, Title: e.Title, Publisher: e.Publisher, OwnerGroup: e.OwnerGroup,
			Quote: e.Quote, Locator: e.Locator, Dated: e.Dated, Archived: e.Archived,
		})
	}
	return out
}

func (l *Loader) imports(ctx context.Context) error {
	names, err := fs.ReadDir(files, "data/claimreview")
	if err != nil {
		return err
	}
	var sources []transfer.Source
	for _, n := range names {
		b, err := files.ReadFile(path.Join("data/claimreview", n.Name()))
		if err != nil {
			return err
		}
		sources = append(sources, transfer.Source{Name: n.Name(), Size: int64(len(b)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(b)), nil
		}})
	}
	report, err := transfer.Import(ctx, l.DB, sources, transfer.Options{})
	if err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return fmt.Errorf("%s line %d: %s", report.Problems[0].File, report.Problems[0].Line, report.Problems[0].Reason)
	}
	return nil
}

// ask brings one question and its repetitions in through intake and returns
// the claim they opened. The first receipt is kept for whoever tries the
// demonstration.
func (l *Loader) ask(ctx context.Context, day desk.Day, q questionFile) (string, error) {
	l.Clock.set(day)
	before, err := l.waiting(ctx)
	if err != nil {
		return "", err
	}
	for i, text := range append([]string{q.Text}, q.Joins...) {
		var nonce [16]byte
		var secret [desk.ReceiptSecretSize]byte
		if _, err := io.ReadFull(l.Random, nonce[:]); err != nil {
			return "", err
		}
		if _, err := io.ReadFull(l.Random, secret[:]); err != nil {
			return "", err
		}
		receipt := desk.NewReceipt(secret)
		if _, err := l.Intake.Ask(ctx, nonce, receipt, desk.NewRaw(text)); err != nil {
			return "", err
		}
		if i == 0 {
			l.Receipts = append(l.Receipts, Receipt{State: q.State, Code: receipt.Code()})
		}
	}
	after, err := l.waiting(ctx)
	if err != nil {
		return "", err
	}
	for id := range after {
		if !before[id] {
			return id, nil
		}
	}
	return "", fmt.Errorf("the question joined a claim that is already open: %.40q", q.Text)
}

func (l *Loader) waiting(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	err := l.DB.View(ctx, func(tx *store.Tx) error {
		claims, err := tx.ClaimsByState(desk.Waiting, 1000)
		for _, c := range claims {
			out[c.ID] = true
		}
		return err
	})
	return out, err
}

// word gives a claim its wording the day after it was asked.
func (l *Loader) word(ctx context.Context, day desk.Day, claimID string, q questionFile) error {
	l.Clock.set(day)
	actor, err := l.clerk(ctx, claimID)
	if err != nil {
		return err
	}
	if err := l.flow.Word(ctx, actor, claimID, workflow.Wording{Lang: q.Lang, Text: q.Wording, NamesSeen: true}); err != nil {
		return err
	}
	return l.Intake.Reload(ctx)
}

// clerk is the member who deals with a claim: the first of its desk.
func (l *Loader) clerk(ctx context.Context, claimID string) (desk.Member, error) {
	var m desk.Member
	err := l.DB.View(ctx, func(tx *store.Tx) error {
		c, err := tx.Claim(claimID)
		if err != nil {
			return err
		}
		members, err := tx.Members(c.DeskID)
		if len(members) > 0 {
			m = members[0]
		}
		return err
	})
	return m, err
}

// open asks the questions that no check has answered yet, a few days ago.
func (l *Loader) open(ctx context.Context, today desk.Day) error {
	for _, q := range l.questions {
		if q.State == desk.Answered {
			continue
		}
		claim, err := l.ask(ctx, today-3, q)
		if err != nil {
			return err
		}
		switch q.State {
		case desk.Checking:
			err = l.word(ctx, today-2, claim, q)
		case desk.Closed:
			l.Clock.set(today - 2)
			var actor desk.Member
			if actor, err = l.clerk(ctx, claim); err == nil {
				err = l.flow.Decline(ctx, actor, claim, q.ClosedAs)
			}
		}
		if err != nil {
			return fmt.Errorf("%.40q: %w", q.Text, err)
		}
	}
	return nil
}

func read(name string, into any) error {
	b, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
