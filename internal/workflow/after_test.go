package workflow_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

// after is the river desk after it has published: "a" wrote the check and "b"
// approved it, "c" had no part. All are reviewers, "a" and "b" admins.
type after struct {
	*bench
	check string
	n     int
}

func newAfter(t *testing.T) *after {
	t.Helper()
	b := newBench(t)
	a := &after{bench: b, check: "c000000000000001"}
	b.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.PutMember(desk.Member{ID: "rivera", DeskID: "river", Name: "a", Role: desk.Admin, KeyID: "keya"}),
			tx.PutMember(desk.Member{ID: "riverb", DeskID: "river", Name: "b", Role: desk.Admin, KeyID: "keyb"}),
			tx.AddCheck(desk.Check{ID: a.check, DeskID: "river", Lang: "en"}),
			tx.AddVersion(a.version(1, desk.Publish), "rev", a.keys()))
	})
	return a
}

func (a *after) version(n int, act desk.Act) desk.Version {
	v := version()
	v.CheckID, v.Number, v.Act, v.Published = a.check, n, act, desk.DayOf(a.now, time.UTC)
	v.Blind = desk.Classification{Kind: v.Kind, AboutPower: v.AboutPower}
	return v
}

func (a *after) keys() []desk.Approval {
	return []desk.Approval{{MemberID: "rivera", KeyID: "keya", Revision: "rev"}, {MemberID: "riverb", KeyID: "keyb", Revision: "rev"}}
}

func (a *after) member(id string) desk.Member {
	a.t.Helper()
	var m desk.Member
	err := a.db.View(a.t.Context(), func(tx *store.Tx) (err error) {
		m, err = tx.Member(id)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return m
}

// contest sends one through the store, as intake would.
func (a *after) contest(kind desk.ContestKind, words string) string {
	a.t.Helper()
	a.n++
	id := fmt.Sprintf("contest%09d", a.n)
	one, two := sha256.Sum256([]byte(id)), sha256.Sum256([]byte(words))
	a.update(func(tx *store.Tx) error {
		return tx.AddContest(desk.Contest{
			ID: id, CheckID: a.check, DeskID: "river", Number: 1, Kind: kind, State: desk.ContestWaiting, Day: tx.Day(),
			Due: desk.WorkingDays(tx.Day(), desk.AnswerDays), ReceiptMAC: one[:], TextMAC: two[:], Text: desk.StoredText(words),
		})
	})
	return id
}

func (a *after) stored(id string) desk.Contest {
	a.t.Helper()
	var c desk.Contest
	if err := a.db.View(a.t.Context(), func(tx *store.Tx) (err error) { c, err = tx.Contest(id); return err }); err != nil {
		a.t.Fatal(err)
	}
	return c
}

var (
	refusal = desk.Decision{State: desk.ContestDeclined, Answer: "The second source says so itself.", AnswerLang: "en"}
	accept  = desk.Decision{State: desk.ReplyShown, NoNames: true}
)

func TestContestsGoToSomebodyNotInvolved(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	id := a.contest(desk.ContestCheck, "The gauge reads otherwise.")
	for _, who := range []string{"rivera", "riverb"} {
		wantKey(t, a.flow.Decide(ctx, a.member(who), id, refusal), "error.contest.involved")
		wantKey(t, a.flow.ProposeDecision(ctx, a.member(who), id, refusal), "error.contest.involved")
	}
	wantKey(t, a.flow.ProposeDecision(ctx, a.member("riverc"), id, refusal), "error.contest.alone")
	if err := a.flow.Decide(ctx, a.member("officea"), id, refusal); desk.KindOf(err) != desk.NotFound {
		t.Errorf("another desk's member: %v", err)
	}
	bare := refusal
	bare.Answer = "  "
	wantKey(t, a.flow.Decide(ctx, a.member("riverc"), id, bare), "error.contest.answer")
	named := refusal
	named.Answer = "Gọi 0912 345 678."
	wantKey(t, a.flow.Decide(ctx, a.member("riverc"), id, named), "error.contest.identifiers")
	wantKey(t, a.flow.Decide(ctx, a.member("riverc"), id, accept), "error.contest.outcome")
	if a.stored(id).Text.Empty() {
		t.Fatal("a refused decision took the words")
	}
	if err := a.flow.Decide(ctx, a.member("riverc"), id, refusal); err != nil {
		t.Fatal(err)
	}
	if c := a.stored(id); !c.Text.Empty() || c.State != desk.ContestDeclined || c.DecidedBy != "riverc" {
		t.Errorf("decided: %+v", c)
	}
	wantKey(t, a.flow.Decide(ctx, a.member("riverc"), id, refusal), "error.contest.decided")
}

func TestContestsWhereEverybodyWasInvolved(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	first, second := a.contest(desk.ContestCheck, "One."), a.contest(desk.ContestCheck, "Two.")
	a.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverc", DeskID: "river", Name: "c", Role: desk.Reviewer, KeyID: "keyc", Ended: true})
	})
	stale := desk.Member{ID: "riverc", DeskID: "river", Role: desk.Reviewer, KeyID: "keyc"}
	wantKey(t, a.flow.Decide(ctx, stale, first, refusal), "error.role.ended")
	wantKey(t, a.flow.Decide(ctx, a.member("rivera"), first, refusal), "error.contest.two")
	if err := a.flow.ProposeDecision(ctx, a.member("rivera"), first, refusal); err != nil {
		t.Fatal(err)
	}
	items, err := a.flow.Contests(ctx, a.member("riverb"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(items.Items, func(x workflow.ContestItem) bool { return x.Contest.ID == first })
	if i < 0 || items.Items[i].Proposal == nil || items.Items[i].Decider != desk.TwoOfYou {
		t.Fatalf("no proposal waits: %+v", items.Items)
	}
	sum := items.Items[i].Proposal.SHA256
	wantKey(t, a.flow.AgreeDecision(ctx, a.member("rivera"), first, sum), "error.proposal.own")
	changed := refusal
	changed.State = desk.ContestUpheld
	if err := a.flow.ProposeDecision(ctx, a.member("rivera"), first, changed); err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.AgreeDecision(ctx, a.member("riverb"), first, sum), "error.proposal.changed")
	one, err := a.flow.Contest(ctx, a.member("riverb"), first)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.flow.AgreeDecision(ctx, a.member("riverb"), first, one.Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
	if c := a.stored(first); c.State != desk.ContestUpheld || c.DecidedBy != "rivera" || c.SecondBy != "riverb" {
		t.Errorf("decided: %+v", c)
	}
	wantKey(t, a.flow.AgreeDecision(ctx, a.member("riverb"), first, one.Proposal.SHA256), "error.contest.decided")

	// A person outside, whom two members name; then they need not be admins.
	a.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverb", DeskID: "river", Name: "b", Role: desk.Reviewer, KeyID: "keyb"})
	})
	wantKey(t, a.flow.ProposeDecision(ctx, a.member("riverb"), second, refusal), "error.contest.two_admins")
	outside := refusal
	outside.Outside = "The library of the next town"
	if err := a.flow.ProposeDecision(ctx, a.member("riverb"), second, outside); err != nil {
		t.Fatal(err)
	}
	one, _ = a.flow.Contest(ctx, a.member("rivera"), second)
	if err := a.flow.AgreeDecision(ctx, a.member("rivera"), second, one.Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
	if c := a.stored(second); c.Outside != outside.Outside {
		t.Errorf("outside is %q", c.Outside)
	}
}

func TestRepliesAreShownAsTheyCame(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	const words = "We mended the pipe in March.\n<b>Not</b> later."
	id := a.contest(desk.ReplyToCheck, words)
	unsure := accept
	unsure.NoNames = false
	wantKey(t, a.flow.Decide(ctx, a.member("riverc"), id, unsure), "error.contest.names")
	wantKey(t, a.flow.Decide(ctx, a.member("rivera"), id, accept), "error.contest.involved")
	if err := a.flow.Decide(ctx, a.member("riverc"), id, accept); err != nil {
		t.Fatal(err)
	}
	beside, err := a.flow.Beside(ctx, a.member("riverb"), a.check)
	if err != nil || len(beside.Replies) != 1 || beside.Replies[0].Text.String() != words {
		t.Fatalf("replies %+v, %v", beside.Replies, err)
	}
	if err := a.flow.ProposeEraseReply(ctx, a.member("rivera"), id); err != nil {
		t.Fatal(err)
	}
	beside, _ = a.flow.Beside(ctx, a.member("riverb"), a.check)
	sum := beside.Proposals[0].SHA256
	wantKey(t, a.flow.AgreeEraseReply(ctx, a.member("rivera"), id, sum), "error.proposal.own")
	if err := a.flow.AgreeEraseReply(ctx, a.member("riverb"), id, sum); err != nil {
		t.Fatal(err)
	}
	beside, _ = a.flow.Beside(ctx, a.member("riverb"), a.check)
	if r := beside.Replies[0]; !r.Text.Empty() || r.Erased == 0 {
		t.Errorf("erased: %+v", r)
	}
}

// The words of a contest are gone when it is decided, and 60 days after it
// came whatever happened; the tick sees to it.
func TestTickForgetsContests(t *testing.T) {
	a := newAfter(t)
	id := a.contest(desk.ContestCheck, "Nobody reads this.")
	for day := range desk.ContestDays {
		if _, err := a.flow.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a.stored(id).Text.Empty() {
			t.Fatalf("gone after %d days", day)
		}
		a.now = a.now.Add(24 * time.Hour)
	}
	if _, err := a.flow.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := a.stored(id); !c.Text.Empty() || c.State != desk.ContestLapsed || c.ReceiptMAC != nil {
		t.Errorf("after %d days: %+v", desk.ContestDays, c)
	}
	wantKey(t, a.flow.Decide(t.Context(), a.member("riverc"), id, refusal), "error.contest.decided")
}

func TestPagesTakeTwoKeys(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	text := desk.Wording{VI: "Cách làm.\r\nHai khóa.", EN: "Method."}
	wantKey(t, a.flow.ProposePage(ctx, a.member("riverc"), desk.MethodologyPage, text), "error.role.higher")
	wantKey(t, a.flow.ProposePage(ctx, a.member("rivera"), desk.MethodologyPage, desk.Wording{VI: "Chúng tôi là […]."}), "error.policy.blank")
	wantKey(t, a.flow.ProposePage(ctx, a.member("rivera"), desk.MethodologyPage, desk.Wording{VI: strings.Repeat("a", desk.PageMax+1)}), "error.policy.long")
	if err := a.flow.ProposePage(ctx, a.member("rivera"), "mission", text); desk.KindOf(err) != desk.NotFound {
		t.Errorf("a page of no kind: %v", err)
	}
	if err := a.flow.ProposePage(ctx, a.member("rivera"), desk.MethodologyPage, text); err != nil {
		t.Fatal(err)
	}
	pages := a.pages("riverc")
	p, ok := pages.Proposal(desk.ProposePage, "methodology")
	if !ok || len(pages.Pages) != 0 {
		t.Fatalf("published with one key: %+v", pages)
	}
	if _, waits, err := a.flow.AfterWaits(ctx, a.member("riverc")); err != nil || !waits {
		t.Errorf("nothing waits for the second key: %v", err)
	}
	wantKey(t, a.flow.AgreePage(ctx, a.member("rivera"), desk.MethodologyPage, p.SHA256), "error.proposal.own")
	wantKey(t, a.flow.AgreePage(ctx, a.member("officea"), desk.MethodologyPage, p.SHA256), "error.proposal.changed")
	wantKey(t, a.flow.AgreePage(ctx, a.member("riverc"), desk.MethodologyPage, strings.Repeat("0", 64)), "error.proposal.changed")
	if err := a.flow.AgreePage(ctx, a.member("riverc"), desk.MethodologyPage, p.SHA256); err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.AgreePage(ctx, a.member("riverc"), desk.MethodologyPage, p.SHA256), "error.proposal.changed")
	page, _ := a.pages("riverc").Page(desk.MethodologyPage)
	if page.Text.VI != "Cách làm.\nHai khóa." || page.SHA256 != desk.HashBytes(desk.PageBytes(page)) || page.Keys.AgreedBy != "riverc" {
		t.Errorf("published: %+v", page)
	}
	if err := desk.CheckPages(a.pages("riverc").Pages); err == nil {
		t.Error("a desk without its page on owners may publish")
	}
}

func (a *after) pages(who string) workflow.DeskPages {
	a.t.Helper()
	p, err := a.flow.DeskPages(a.t.Context(), a.member(who))
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

func TestProposalsAreTakenBack(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	text := desk.Wording{EN: "Method."}
	if err := a.flow.ProposePage(ctx, a.member("rivera"), desk.FundingPage, text); err != nil {
		t.Fatal(err)
	}
	p, _ := a.pages("riverc").Proposal(desk.ProposePage, "funding")
	wantKey(t, a.flow.TakeBack(ctx, a.member("riverc"), desk.ProposePage, "funding"), "error.role.higher")
	if err := a.flow.TakeBack(ctx, a.member("riverb"), desk.ProposePage, "funding"); err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.AgreePage(ctx, a.member("riverc"), desk.FundingPage, p.SHA256), "error.proposal.changed")

	// A proposal of somebody who was let go is nobody's.
	if err := a.flow.ProposePage(ctx, a.member("riverb"), desk.FundingPage, text); err != nil {
		t.Fatal(err)
	}
	p, _ = a.pages("riverc").Proposal(desk.ProposePage, "funding")
	a.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverb", DeskID: "river", Name: "b", Role: desk.Admin, KeyID: "keyb", Ended: true})
	})
	wantKey(t, a.flow.AgreePage(ctx, a.member("riverc"), desk.FundingPage, p.SHA256), "error.proposal.changed")
}

func TestOtherDesksVerdicts(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	a.update(func(tx *store.Tx) error {
		return errors.Join(
			tx.PutDesk(desk.Desk{ID: "far", Name: "Far desk", URL: "https://far.example"}),
			tx.AddCheck(desk.Check{ID: "i000000000000001", DeskID: "far", Lang: "en", SourceURL: "https://far.example/1"}),
			tx.AddVersion(desk.Version{CheckID: "i000000000000001", Number: 1, Act: desk.ImportAct, Rating: "True", Claim: "The dam opens tonight."}, "", nil))
	})
	const other = "i000000000000001"
	wantKey(t, a.flow.ShowBeside(ctx, a.member("rivera"), a.check, a.check), "error.aside.ours")
	if err := a.flow.ShowBeside(ctx, a.member("officea"), a.check, other); desk.KindOf(err) != desk.NotFound {
		t.Errorf("another desk's member: %v", err)
	}
	if err := a.flow.ShowBeside(ctx, a.member("rivera"), a.check, other); err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.ShowBeside(ctx, a.member("riverb"), a.check, other), "error.stale")
	wantKey(t, a.flow.ProposeTakeAway(ctx, a.member("rivera"), a.check, other, " "), "error.aside.reason")
	if err := a.flow.ProposeTakeAway(ctx, a.member("rivera"), a.check, other, "It is about another dam."); err != nil {
		t.Fatal(err)
	}
	beside, err := a.flow.Beside(ctx, a.member("riverb"), a.check)
	if err != nil || !beside.Shown(other) || len(beside.Proposals) != 1 {
		t.Fatalf("one key took it away: %+v, %v", beside, err)
	}
	sum := beside.Proposals[0].SHA256
	wantKey(t, a.flow.AgreeTakeAway(ctx, a.member("rivera"), a.check, other, sum), "error.proposal.own")
	if err := a.flow.AgreeTakeAway(ctx, a.member("riverb"), a.check, other, sum); err != nil {
		t.Fatal(err)
	}
	beside, _ = a.flow.Beside(ctx, a.member("riverb"), a.check)
	if beside.Shown(other) || beside.Asides[0].Reason != "It is about another dam." {
		t.Errorf("taken away: %+v", beside.Asides)
	}
	if err := a.flow.ShowBeside(ctx, a.member("riverb"), a.check, other); err != nil {
		t.Error("it cannot come back:", err)
	}
}

// A desk goes to another operator: a new admin is taken in, the declaration
// says so by two keys, the old ones end, and the pages show who signed.
func TestHandOver(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	a.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "rivernew", DeskID: "river", Name: "new", Role: desk.Admin, KeyID: "keynew"})
	})
	d := desk.Declaration{
		Owner: "The library of Upper Town", OwnerKind: desk.OwnerUniversity, Funders: "The library's members", FunderKind: desk.OwnerUnknown,
		HandedOver: true, Note: desk.Wording{VI: "Thư viện Thượng Trấn nhận bàn này.", EN: "The library takes this desk over."},
	}
	wantKey(t, a.flow.ProposeDeclaration(ctx, a.member("riverc"), d), "error.role.higher")
	silent := d
	silent.Note = desk.Wording{}
	wantKey(t, a.flow.ProposeDeclaration(ctx, a.member("rivera"), silent), "error.declaration.note")
	if err := a.flow.ProposeDeclaration(ctx, a.member("rivera"), d); err != nil {
		t.Fatal(err)
	}
	p, _ := a.pages("rivernew").Proposal(desk.ProposeDeclaration, "declaration")
	wantKey(t, a.flow.AgreeDeclaration(ctx, a.member("rivera"), p.SHA256), "error.proposal.own")
	if err := a.flow.AgreeDeclaration(ctx, a.member("rivernew"), p.SHA256); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"rivera", "riverb"} {
		m := a.member(id)
		m.Ended = true
		a.update(func(tx *store.Tx) error { return tx.PutMember(m) })
	}
	wantKey(t, a.flow.ProposePage(ctx, a.member("rivera"), desk.OwnershipPage, desk.Wording{EN: "x"}), "error.role.ended")
	pages := a.pages("rivernew")
	if got := pages.Desk; got.Owner != d.Owner || got.OwnerKind != d.OwnerKind {
		t.Errorf("the desk says %q, %s", got.Owner, got.OwnerKind)
	}
	if len(pages.Declarations) != 1 || !pages.Declarations[0].HandedOver || pages.Declarations[0].Keys.AgreedBy != "rivernew" {
		t.Errorf("the history says %+v", pages.Declarations)
	}
	if err := a.flow.ProposePage(ctx, a.member("rivernew"), desk.OwnershipPage, desk.Wording{EN: "The library."}); err != nil {
		t.Error("the new admin cannot work:", err)
	}
}

func TestIntroductionsAreTheMembersOwn(t *testing.T) {
	a := newAfter(t)
	ctx := t.Context()
	wantKey(t, a.flow.Introduce(ctx, a.member("riverc"), desk.Wording{VI: strings.Repeat("ơ", desk.IntroductionMax+1)}), "error.introduction.long")
	if err := a.flow.Introduce(ctx, a.member("riverc"), desk.Wording{EN: "C, nurse"}); err != nil {
		t.Fatal(err)
	}
	if got := a.pages("rivera").Introductions; len(got) != 1 || got[0].Words.EN != "C, nurse" {
		t.Fatalf("introductions: %+v", got)
	}
	if err := a.flow.Introduce(ctx, a.member("riverc"), desk.Wording{}); err != nil {
		t.Fatal(err)
	}
	if got := a.pages("rivera").Introductions; len(got) != 0 {
		t.Errorf("taken back: %+v", got)
	}
}
