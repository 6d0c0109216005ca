package workflow_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// ready gives desks the pages without which nothing is published, and their
// members the rights of admins.
func (b *bench) ready(desks ...string) {
	b.t.Helper()
	b.update(func(tx *store.Tx) error {
		for _, id := range desks {
			for _, m := range []string{"a", "b", "c"} {
				if err := tx.PutMember(desk.Member{ID: id + m, DeskID: id, Name: m, Role: desk.Admin, KeyID: "key" + m}); err != nil {
					return err
				}
			}
			for _, kind := range desk.RequiredPages() {
				p := desk.PolicyPage{
					DeskID: id, Kind: kind, Number: 1, Text: desk.Wording{EN: "How we work."}, Day: tx.Day(),
					Keys: desk.Keys{ProposedBy: id + "a", ProposedKey: "keya", AgreedBy: id + "b", AgreedKey: "keyb"},
				}
				p.SHA256 = desk.HashBytes(desk.PageBytes(p))
				if err := tx.AddPolicyPage(p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (b *bench) who(id string) desk.Member {
	b.t.Helper()
	var m desk.Member
	err := b.db.View(b.t.Context(), func(tx *store.Tx) (err error) { m, err = tx.Member(id); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bench) draft(id string) desk.Draft {
	b.t.Helper()
	var d desk.Draft
	err := b.db.View(b.t.Context(), func(tx *store.Tx) (err error) { d, err = tx.Draft(id); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) latest(check string) desk.Version {
	b.t.Helper()
	var v desk.Version
	err := b.db.View(b.t.Context(), func(tx *store.Tx) (err error) { v, err = tx.Latest(check); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// key is a member's unsigned assent to a revision.
func key(m desk.Member, revision string) desk.Approval {
	return desk.Approval{MemberID: m.ID, KeyID: m.KeyID, Revision: revision}
}

// start opens a draft with that content.
func (b *bench) start(deskID, claimID string, v desk.Version, author string) string {
	b.t.Helper()
	id, err := b.flow.StartDraft(b.t.Context(), b.who(author), claimID, "en")
	if err != nil {
		b.t.Fatal(err)
	}
	b.save(id, v, author)
	return id
}

func (b *bench) save(id string, v desk.Version, member string) {
	b.t.Helper()
	if _, err := b.flow.SaveDraft(b.t.Context(), b.who(member), id, b.draft(id).Counter, v); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) submit(id, member string) error {
	b.t.Helper()
	m := b.who(member)
	revision, err := b.flow.HandIn(b.t.Context(), m, id)
	if err != nil {
		return err
	}
	return b.flow.SubmitDraft(b.t.Context(), m, id, b.draft(id).Counter, handed(m, revision))
}

// approve classifies as the author did and gives the key.
func (b *bench) approve(id, member string) (bool, error) {
	b.t.Helper()
	m, d := b.who(member), b.draft(id)
	err := b.flow.Classify(b.t.Context(), m, id, desk.Classification{Kind: d.Content.Kind, AboutPower: d.Content.AboutPower})
	if err != nil && desk.KindOf(err) != desk.Conflict {
		return false, err
	}
	return b.flow.ApproveDraft(b.t.Context(), m, id, desk.ReviewAnswers{NoInterest: true, Organisations: true}, key(m, d.Revision))
}

// publish carries a new check through; it returns the check's id.
func (b *bench) publish(deskID, claimID string, v desk.Version, author, reviewer string) (string, error) {
	b.t.Helper()
	id := b.start(deskID, claimID, v, author)
	if err := b.submit(id, author); err != nil {
		return "", err
	}
	_, err := b.approve(id, reviewer)
	return b.draft(id).CheckID, err
}

// revise carries a later act through.
func (b *bench) revise(check string, act desk.Act, change func(v *desk.Version), author string, reviewers ...string) error {
	b.t.Helper()
	id, err := b.flow.StartRevision(b.t.Context(), b.who(author), check, act)
	if err != nil {
		return err
	}
	v := b.draft(id).Content
	v.Reason, v.Note = "new evidence", "The schedule was published later."
	change(&v)
	b.save(id, v, author)
	if err := b.submit(id, author); err != nil {
		return err
	}
	for _, r := range reviewers {
		if _, err := b.approve(id, r); err != nil {
			return err
		}
	}
	return nil
}

func TestTwoKeys(t *testing.T) {
	b := newBench(t)
	b.ready("river", "office")
	ctx := t.Context()
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	rev := b.draft(id).Revision
	all := desk.ReviewAnswers{NoInterest: true}
	for _, c := range []struct {
		name, member, key string
		spoil             func(a *desk.Approval)
	}{
		{"the author", "rivera", "error.approval.own", nil},
		{"a member of another desk", "officeb", "error.missing", nil},
		{"an older revision", "riverb", "error.approval.stale", func(a *desk.Approval) { a.Revision = "older" }},
		{"a key that was replaced", "riverb", "error.approval.member", func(a *desk.Approval) { a.KeyID = "older" }},
		{"somebody else's key", "riverb", "error.approval.member", func(a *desk.Approval) { a.MemberID, a.KeyID = "riverc", "keyc" }},
		{"without the blind classification", "riverb", "error.draft.classify", nil},
	} {
		a := key(b.who(c.member), rev)
		if c.spoil != nil {
			c.spoil(&a)
		}
		_, err := b.flow.ApproveDraft(ctx, b.who(c.member), id, all, a)
		wantKey(t, err, c.key)
	}
	if _, err := b.approve(id, "riverb"); err != nil {
		t.Fatal(err)
	}
	v := b.latest(b.draft(id).CheckID)
	if v.Method == "" || v.Blind.Kind != desk.FactKind || v.Act != desk.Publish || len(v.Evidence) != 2 {
		t.Errorf("published %+v", v)
	}
	if d := b.draft(id); d.State != desk.Published || d.Content.Claim != "" {
		t.Errorf("the draft became %+v", d)
	}
	_, err := b.flow.ApproveDraft(ctx, b.who("riverc"), id, all, key(b.who("riverc"), rev))
	wantKey(t, err, "error.role.state")
}

// TestLastEditorIsNoSecondKey: who changed a comma after the author has no
// second key, and the author has none either.
func TestLastEditorIsNoSecondKey(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	v := version()
	v.Body = "One comma, more."
	b.save(id, v, "riverb")
	if err := b.submit(id, "riverb"); err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"rivera", "riverb"} {
		_, err := b.approve(id, m)
		wantKey(t, err, "error.approval.own")
	}
	if _, err := b.approve(id, "riverc"); err != nil {
		t.Fatal(err)
	}
	if v := b.latest(b.draft(id).CheckID); v.Author != "rivera" || v.LastEditor != "riverb" {
		t.Errorf("author %s, last editor %s", v.Author, v.LastEditor)
	}
}

func TestNoJudgeInHisOwnCause(t *testing.T) {
	b := newBench(t)
	b.ready("river", "office")
	v := version()
	v.AboutPower = true
	_, err := b.publish("office", "", v, "officea", "officeb")
	wantKey(t, err, "error.version.own_cause")
	v.Verdict, v.NotRatedKind = desk.NotRated, desk.NotIndependent
	if _, err := b.publish("office", "", v, "officea", "officeb"); err != nil {
		t.Fatal(err)
	}
	v = version()
	v.AboutPower = true
	if _, err := b.publish("river", "", v, "rivera", "riverb"); err != nil {
		t.Fatal("an independent desk may judge power:", err)
	}
}

// TestBlindDifference: whoever reviewed saw it otherwise, so there is no
// verdict, whatever the author changes afterwards.
func TestBlindDifference(t *testing.T) {
	for _, other := range []desk.Classification{{Kind: desk.OpinionKind}, {Kind: desk.FactKind, AboutPower: true}} {
		b := newBench(t)
		b.ready("river")
		ctx := t.Context()
		id := b.start("river", "", version(), "rivera")
		if err := b.submit(id, "rivera"); err != nil {
			t.Fatal(err)
		}
		if err := b.flow.Classify(ctx, b.who("riverb"), id, other); err != nil {
			t.Fatal(err)
		}
		wantKey(t, b.flow.Classify(ctx, b.who("riverb"), id, desk.Classification{Kind: desk.FactKind}), "error.draft.classified")
		for _, m := range []string{"riverb", "riverc"} {
			_, err := b.approve(id, m)
			wantKey(t, err, "error.version.disputed")
		}
		if err := b.flow.ReturnDraft(ctx, b.who("riverb"), id, b.draft(id).Revision, "We see the claim differently."); err != nil {
			t.Fatal(err)
		}
		v := version()
		v.Kind, v.AboutPower, v.Blind = other.Kind, other.AboutPower, other
		v.Claim += " So they say."
		b.save(id, v, "rivera")
		if err := b.submit(id, "rivera"); desk.KindOf(err) != desk.Forbidden {
			t.Errorf("a disputed verdict was handed in again: %v", err)
		}
		v.Verdict, v.NotRatedKind = desk.NotRated, desk.Unsettled
		b.save(id, v, "rivera")
		if err := b.submit(id, "rivera"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.approve(id, "riverc"); err != nil {
			t.Fatal(err)
		}
		if got := b.latest(b.draft(id).CheckID); !got.Disputed || got.Verdict != desk.NotRated {
			t.Errorf("published %+v", got)
		}
	}
}

// TestGates breaks one gate at a time.
func TestGates(t *testing.T) {
	b := newBench(t)
	wantKey(t, func() error { _, err := b.publish("river", "", version(), "rivera", "riverb"); return err }(), "error.policy.missing")
	b.ready("river")
	today := desk.DayOf(b.now, time.UTC)
	for _, c := range []struct {
		name, key string
		spoil     func(v *desk.Version)
	}{
		{"no claim", "error.version.claim", func(v *desk.Version) { v.Claim = " " }},
		{"no summary", "error.version.summary", func(v *desk.Version) { v.Summary = "" }},
		{"a long summary", "error.version.summary", func(v *desk.Version) { v.Summary = strings.Repeat("ệ", 281) }},
		{"a long body", "error.draft.length", func(v *desk.Version) { v.Body = strings.Repeat("ệ", desk.BodyMax+1) }},
		{"a number", "error.version.identifiers", func(v *desk.Version) { v.Summary = "Gọi 0912 345 678 để biết thêm." }},
		{"a number in the note on who was asked", "error.version.identifiers", func(v *desk.Version) { v.Hearing.Note = "Gọi 0912 345 678." }},
		{"a name", "error.draft.names", func(v *desk.Version) { v.Body = "Theo anh Nguyễn Văn Nam ở xã bên, đập đã mở." }},
		{"no kind", "error.version.kind", func(v *desk.Version) { v.Kind = "" }},
		{"no verdict", "error.version.verdict", func(v *desk.Version) { v.Verdict = "" }},
		{"an opinion with a verdict", "error.version.only_facts", func(v *desk.Version) { v.Kind = desk.OpinionKind }},
		{"nobody asked and no reason", "error.draft.hearing", func(v *desk.Version) { v.Hearing = desk.Hearing{State: desk.HearingUnsafe} }},
		{"a source without its place", "error.draft.source_details", func(v *desk.Version) { v.Evidence[0].Locator = "" }},
		{"a source without an address", "error.draft.source_details", func(v *desk.Version) { v.Evidence[0].URL = "dam log" }},
		{"a page on a network, nobody's", "error.draft.source_details", func(v *desk.Version) { v.Evidence[0].URL = "https://www.facebook.com/x/posts/1" }},
		{"a private person's post", "error.draft.source_person", func(v *desk.Version) {
			v.Evidence[0].URL, v.Evidence[0].By = "https://www.facebook.com/x/posts/1", desk.ByPerson
		}},
		{"a private person's site", "error.draft.source_person", func(v *desk.Version) { v.Evidence[0].By = desk.ByPerson }},
		{"no source", "error.draft.two_sources", func(v *desk.Version) { v.Evidence = nil }},
		{"nothing kept", "error.draft.archived", func(v *desk.Version) { v.Evidence[0].Archived = 0 }},
		{"one side", "error.draft.both_sides", func(v *desk.Version) { v.Evidence[1].Stance = desk.Against }},
		{"health without a day", "error.draft.as_of", func(v *desk.Version) { v.Topic, v.Review = "health", today+30 }},
		{"law without re-review", "error.draft.review", func(v *desk.Version) { v.Topic, v.AsOf = "law", today }},
		{"health looked at too late", "error.draft.review", func(v *desk.Version) { v.Topic, v.AsOf, v.Review = "health", today, today+181 }},
		{"an emergency without its day", "error.draft.emergency", func(v *desk.Version) { v.Emergency = true }},
		{"an emergency looked at too late", "error.draft.emergency", func(v *desk.Version) { v.Emergency, v.Review = true, today+8 }},
	} {
		v := version()
		c.spoil(&v)
		id := b.start("river", "", v, "rivera")
		m := b.who("rivera")
		revision, err := b.flow.HandIn(t.Context(), m, id)
		if err != nil {
			t.Fatal(err)
		}
		h := handed(m, revision)
		h.NobodyNamed = false
		err = b.flow.SubmitDraft(t.Context(), m, id, b.draft(id).Counter, h)
		if got := errorKey(err); got != c.key {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	for name, change := range map[string]func(v *desk.Version){
		"not enough evidence, sought and not found": func(v *desk.Version) {
			v.Verdict, v.Evidence, v.Sought = desk.NotEnoughEvidence, nil, "We asked three offices and found no record."
		},
		"an opinion without sources": func(v *desk.Version) {
			v.Kind, v.Verdict, v.NotRatedKind, v.Evidence = desk.OpinionKind, desk.NotRated, desk.Opinion, nil
		},
		"an emergency":          func(v *desk.Version) { v.Emergency, v.Review = true, today+7 },
		"health with its dates": func(v *desk.Version) { v.Topic, v.AsOf, v.Review = "health", today, today+180 },
		"any outlet": func(v *desk.Version) {
			for i, address := range []string{
				"https://www.bbc.com/vietnamese/articles/c1", "https://www.rfa.org/vietnamese/2", "https://www.voatiengviet.com/a/3.html",
				"https://www.facebook.com/newsroom.example/posts/4", "https://www.youtube.com/watch?v=5",
			} {
				e := v.Evidence[1]
				e.URL, e.OwnerGroup, e.Publisher, e.By = address, strings.Repeat("x", i+1), strings.Repeat("p", i+1), desk.ByOrganisation
				v.Evidence = append(v.Evidence, e)
			}
		},
	} {
		v := version()
		change(&v)
		if _, err := b.publish("river", "", v, "rivera", "riverb"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOneSource: the exception is the reviewer's, with a public reason.
func TestOneSource(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	v := version()
	v.Evidence[1].OwnerGroup = v.Evidence[0].OwnerGroup
	id := b.start("river", "", v, "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	_, err := b.approve(id, "riverb")
	wantKey(t, err, "error.draft.two_sources")
	m := b.who("riverb")
	answers := desk.ReviewAnswers{NoInterest: true, OneSource: "Only the operator records the gates."}
	if ok, err := b.flow.ApproveDraft(t.Context(), m, id, answers, key(m, b.draft(id).Revision)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got := b.latest(b.draft(id).CheckID); got.OneSource != answers.OneSource {
		t.Errorf("the public reason is %q", got.OneSource)
	}
}

// TestNamesAreSettled: the gate keeps a yes or a no, and never the name.
func TestNamesAreSettled(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	v := version()
	v.Body = "Theo anh Nguyễn Văn Nam, phát ngôn viên của công ty, các cửa đều đóng."
	id := b.start("river", "", v, "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	if !b.draft(id).Named {
		t.Error("the suspicion was not kept")
	}
	if _, err := b.approve(id, "riverb"); err != nil {
		t.Fatal(err)
	}
}

func TestCorrectionAndWithdrawal(t *testing.T) {
	b := newBench(t)
	b.ready("river", "office")
	ctx := t.Context()
	check, err := b.publish("river", "", version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	none := func(*desk.Version) {}
	wantKey(t, b.revise(check, desk.Correct, func(v *desk.Version) { v.Note = "" }, "rivera", "riverb"), "error.version.reason")
	_, err = b.flow.StartRevision(ctx, b.who("riverb"), check, desk.Correct)
	wantKey(t, err, "error.draft.open")
	var open []desk.Draft
	_ = b.db.View(ctx, func(tx *store.Tx) error { open, err = tx.OpenDrafts("", check); return err })
	if err := b.flow.DropDraft(ctx, b.who("riverb"), open[0].ID, open[0].Counter); err != nil {
		t.Fatal(err)
	}
	if err := b.revise(check, desk.Correct, func(v *desk.Version) { v.Verdict = desk.MissingContext }, "rivera", "riverc"); err != nil {
		t.Fatal(err)
	}
	_, err = b.flow.StartRevision(ctx, b.who("officea"), check, desk.Correct)
	wantKey(t, err, "error.version.not_ours")
	// Withdrawing says nothing new, whatever the form sends.
	if err := b.revise(check, desk.Withdraw, func(v *desk.Version) { v.Verdict, v.Claim = desk.True, "Another." }, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	if v := b.latest(check); v.Verdict != desk.MissingContext || v.Claim != "The dam opens tonight." || !v.Withdrawn() {
		t.Errorf("withdrawn as %+v", v)
	}
	wantKey(t, b.revise(check, desk.Correct, none, "rivera", "riverb"), "error.version.withdrawn")
	wantKey(t, b.revise(check, desk.Restore, none, "rivera", "riverb"), "error.version.withdrawn")
}

// TestErasePersonal takes the wording out of every version before.
func TestErasePersonal(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	v := version()
	v.Body = "The gatekeeper of plot seven said so."
	check, err := b.publish("river", "", v, "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.revise(check, desk.Withdraw, func(*desk.Version) {}, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	clean := func(v *desk.Version) { v.Body, v.Verdict = "A witness said so.", desk.True }
	if err := b.revise(check, desk.ErasePersonal, clean, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	err = b.db.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Versions(check)
		for _, v := range all[:2] {
			if !v.Erased || v.Body+v.Claim+v.Summary+v.Note != "" {
				t.Errorf("version %d still says %+v", v.Number, v)
			}
		}
		if v := all[2]; v.Body != "A witness said so." || v.Verdict != desk.NotTrue || !v.Withdrawn() {
			t.Errorf("re-issued as %+v", v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWithholdOrder takes three keys, lapses, and can be ended before.
func TestWithholdOrder(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	check, err := b.publish("river", "", version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	order := func(v *desk.Version) {
		v.Order = desk.Order{Body: "Court of Bến Đò", Date: 20_000, Law: "Law on X, art. 9", Digest: strings.Repeat("ab", 32)}
	}
	wantKey(t, b.revise(check, desk.WithholdOrder, func(v *desk.Version) { order(v); v.Order.Digest = "by telephone" }, "rivera"), "error.draft.order")
	var open []desk.Draft
	_ = b.db.View(t.Context(), func(tx *store.Tx) error { open, err = tx.OpenDrafts("", check); return err })
	if err := b.flow.DropDraft(t.Context(), b.who("rivera"), open[0].ID, open[0].Counter); err != nil {
		t.Fatal(err)
	}
	if err := b.revise(check, desk.WithholdOrder, order, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	today := desk.DayOf(b.now, time.UTC)
	if b.latest(check).Withheld(today) {
		t.Fatal("two keys withheld a check")
	}
	_ = b.db.View(t.Context(), func(tx *store.Tx) error { open, err = tx.OpenDrafts("", check); return err })
	if _, err := b.approve(open[0].ID, "riverc"); err != nil {
		t.Fatal(err)
	}
	v := b.latest(check)
	if !v.Withheld(today) || !v.Withheld(today+desk.OrderDays-1) || v.Withheld(today+desk.OrderDays) || v.Hidden().Claim != "" {
		t.Errorf("withheld %+v", v)
	}
	wantKey(t, b.revise(check, desk.Correct, func(*desk.Version) {}, "rivera", "riverb"), "error.role.state")
	change := func() (n int64) {
		_ = b.db.View(t.Context(), func(tx *store.Tx) error { n, err = tx.LastChange(); return err })
		return n
	}
	before := change()
	b.now = b.now.Add(desk.OrderDays * 24 * time.Hour)
	if _, err := b.flow.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if change() != before+1 {
		t.Error("followers do not learn that the order lapsed")
	}
	if err := b.revise(check, desk.Correct, func(v *desk.Version) { v.Body = "More." }, "rivera", "riverb"); err != nil {
		t.Errorf("after the order lapsed: %v", err)
	}
}

// TestOrderOfTheRecordLapses: an order of which only the entry is left ends on its
// day, too, and followers learn of it.
func TestOrderOfTheRecordLapses(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	check, err := b.publish("river", "", version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	lapses := desk.DayOf(b.now, time.UTC) + 2
	text := []byte(`{"kind":"withhold_order","rev":2,"expires":"` + lapses.String() + `"}`)
	err = b.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.AddLeaf(store.Leaf{Kind: "withhold_order", Subject: check, Rev: 2, Bytes: text, Hash: desk.HashBytes(text)}, check, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var told []int64
	for range 4 {
		if _, err := b.flow.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := b.db.View(t.Context(), func(tx *store.Tx) error { n, err := tx.LastChange(); told = append(told, n); return err })
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(24 * time.Hour)
	}
	if !slices.Equal(told, []int64{1, 1, 2, 2}) {
		t.Errorf("changes by day: %v", told)
	}
}

// TestRestore ends an order before its day.
func TestRestore(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	check, err := b.publish("river", "", version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	order := func(v *desk.Version) {
		v.Order = desk.Order{Body: "Court", Date: 20_000, Law: "Law", Digest: strings.Repeat("ab", 32)}
	}
	if err := b.revise(check, desk.WithholdOrder, order, "rivera", "riverb", "riverc"); err != nil {
		t.Fatal(err)
	}
	if err := b.revise(check, desk.Restore, func(*desk.Version) {}, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	if v := b.latest(check); v.Withheld(desk.DayOf(b.now, time.UTC)) || v.Claim == "" || v.Order.Digest != "" {
		t.Errorf("restored %+v", v)
	}
}

// Hard days.

// TestTwoEditors: the second to save learns of the first and loses nothing.
func TestTwoEditors(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	read := b.draft(id)
	one, two := read.Content, read.Content
	one.Body, two.Body = "Mine.", "Yours."
	if _, err := b.flow.SaveDraft(t.Context(), b.who("rivera"), id, read.Counter, one); err != nil {
		t.Fatal(err)
	}
	stands, err := b.flow.SaveDraft(t.Context(), b.who("riverb"), id, read.Counter, two)
	wantKey(t, err, "error.draft.changed")
	if stands.Content.Body != "Mine." || stands.Counter != read.Counter+1 || b.draft(id).Content.Body != "Mine." {
		t.Errorf("what stands is %+v", stands)
	}
	if _, err := b.flow.SaveDraft(t.Context(), b.who("riverb"), id, read.Counter, one); err != nil {
		t.Errorf("sending again what stands is a conflict: %v", err)
	}
}

// TestEditedInReview voids the round; the approval of a stale page changes
// nothing.
func TestEditedInReview(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	seen := b.draft(id)
	b.save(id, seen.Content, "riverc")
	if b.draft(id).State != desk.InReview {
		t.Error("saving what is there took the draft out of review")
	}
	v := version()
	v.Summary = "Something else."
	b.save(id, v, "rivera")
	m := b.who("riverb")
	_, err := b.flow.ApproveDraft(t.Context(), m, id, desk.ReviewAnswers{NoInterest: true}, key(m, seen.Revision))
	wantKey(t, err, "error.role.state")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	_, err = b.flow.ApproveDraft(t.Context(), m, id, desk.ReviewAnswers{NoInterest: true}, key(m, seen.Revision))
	wantKey(t, err, "error.approval.stale")
	wantKey(t, b.flow.ReturnDraft(t.Context(), m, id, seen.Revision, "Stale."), "error.approval.stale")
	if _, err := b.approve(id, "riverb"); err != nil {
		t.Fatal(err)
	}
}

// TestRemovedDuringReview: the key of somebody who left counts for nothing, and
// somebody who left gives none.
func TestRemovedDuringReview(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	gone := b.who("riverb")
	b.update(func(tx *store.Tx) error { m := gone; m.Ended = true; return tx.PutMember(m) })
	_, err := b.flow.ApproveDraft(t.Context(), gone, id, desk.ReviewAnswers{NoInterest: true}, key(gone, b.draft(id).Revision))
	wantKey(t, err, "error.role.ended")
	b.update(func(tx *store.Tx) error { m := b.memberIn(tx, "rivera"); m.Ended = true; return tx.PutMember(m) })
	_, err = b.approve(id, "riverc")
	wantKey(t, err, "error.approval.left")
	if b.draft(id).State != desk.InReview {
		t.Error("the draft moved")
	}
}

func (b *bench) memberIn(tx *store.Tx, id string) desk.Member {
	m, err := tx.Member(id)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// TestTwoReviewersAtOnce: one publishes, the other is told; there is one
// version.
func TestTwoReviewersAtOnce(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	d := b.draft(id)
	for _, m := range []string{"riverb", "riverc"} {
		if err := b.flow.Classify(t.Context(), b.who(m), id, desk.Classification{Kind: desk.FactKind}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	results := make([]error, 2)
	members := []desk.Member{b.who("riverb"), b.who("riverc")}
	for i, m := range members {
		wg.Go(func() {
			_, results[i] = b.flow.ApproveDraft(t.Context(), m, id, desk.ReviewAnswers{NoInterest: true}, key(m, d.Revision))
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if desk.KindOf(err) != desk.Conflict {
			t.Errorf("the other was told %v", err)
		}
	}
	if v := b.latest(d.CheckID); won != 1 || v.Number != 1 {
		t.Errorf("%d won, version %d", won, v.Number)
	}
}

// TestOvertaken: a withdrawal published while a correction is in review stops
// the correction; one that only lost its base can take the newest in.
func TestOvertaken(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	check, err := b.publish("river", "", version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.flow.StartRevision(t.Context(), b.who("rivera"), check, desk.Withdraw)
	if err != nil {
		t.Fatal(err)
	}
	v := b.draft(id).Content
	v.Reason, v.Note = "method", "The method was not sound."
	b.save(id, v, "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	if err := b.revise(check, desk.Correct, func(v *desk.Version) { v.Verdict = desk.MissingContext }, "rivera", "riverb"); err != nil {
		t.Fatal(err)
	}
	_, err = b.approve(id, "riverb")
	wantKey(t, err, "error.draft.overtaken")
	if err := b.flow.TakeIn(t.Context(), b.who("rivera"), id, b.draft(id).Counter); err != nil {
		t.Fatal(err)
	}
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.approve(id, "riverb"); err != nil {
		t.Fatal(err)
	}
	if got := b.latest(check); got.Number != 3 || got.Verdict != desk.MissingContext || got.Note != "The method was not sound." {
		t.Errorf("withdrawn as %+v", got)
	}
}

// TestReturn gives a draft back; its wording stays and its reason is shown.
func TestReturn(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	rev := b.draft(id).Revision
	wantKey(t, b.flow.ReturnDraft(t.Context(), b.who("riverb"), id, rev, " "), "error.draft.return")
	wantKey(t, b.flow.ReturnDraft(t.Context(), b.who("riverb"), id, rev, "Hỏi ông ấy qua 0912 345 678."), "error.version.identifiers")
	if err := b.flow.ReturnDraft(t.Context(), b.who("riverb"), id, rev, "The second source is missing a date."); err != nil {
		t.Fatal(err)
	}
	d := b.draft(id)
	if d.State != desk.Writing || d.Returned == "" || d.Content.Claim == "" {
		t.Errorf("returned as %+v", d)
	}
	if _, err := b.approve(id, "riverb"); err == nil {
		t.Error("a returned draft was approved")
	}
}

// TestDropForgets: nothing of a dropped draft's wording is kept.
func TestDropForgets(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	if err := b.flow.DropDraft(t.Context(), b.who("rivera"), id, b.draft(id).Counter); err != nil {
		t.Fatal(err)
	}
	err := b.db.View(t.Context(), func(tx *store.Tx) error {
		rounds, err := tx.DraftRevisions(id)
		if len(rounds) != 1 || rounds[0].Content.Claim != "" {
			t.Errorf("kept: %+v", rounds)
		}
		return err
	})
	if d := b.draft(id); err != nil || d.Content.Claim != "" || d.State != desk.Dropped {
		t.Errorf("%v, dropped as %+v", err, d)
	}
}

// TestSecondLanguage: a claim with its answer takes a check in another
// language, and not a second one in the first.
func TestSecondLanguage(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	claim, _ := b.ask("xa dap toi nay phai khong")
	b.update(func(tx *store.Tx) error {
		c, err := tx.Claim(claim)
		c.State, c.Wording, c.Lang = desk.Checking, "The dam opens tonight.", "en"
		if err == nil {
			err = tx.MoveClaim(c)
		}
		return err
	})
	first, err := b.publish("river", claim, version(), "rivera", "riverb")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.flow.StartDraft(t.Context(), b.who("rivera"), claim, "en")
	wantKey(t, err, "error.draft.answered")
	id, err := b.flow.StartDraft(t.Context(), b.who("rivera"), claim, "vi")
	if err != nil {
		t.Fatal(err)
	}
	b.save(id, version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.approve(id, "riverb"); err != nil {
		t.Fatal(err)
	}
	if c := b.claim(claim); c.CheckID != first {
		t.Errorf("the answer of the claim became %s", c.CheckID)
	}
}

// TestTheTableOfRolesRules: an editor's key is none.
func TestTheTableOfRolesRules(t *testing.T) {
	b := newBench(t)
	b.ready("river")
	b.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverb", DeskID: "river", Name: "b", Role: desk.Editor, KeyID: "keyb"})
	})
	id := b.start("river", "", version(), "rivera")
	if err := b.submit(id, "rivera"); err != nil {
		t.Fatal(err)
	}
	_, err := b.approve(id, "riverb")
	wantKey(t, err, "error.role.higher")
	if !slices.Contains(desk.Actions(), desk.ApproveDraft) {
		t.Error("no such action")
	}
}
