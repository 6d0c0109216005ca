package promises_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

// office is one desk with two members, assembled in the process so that the
// clock is ours.
type office struct {
	folder string
	now    time.Time
	db     *store.DB
	flow   *workflow.Workflow
	intake *intake.Intake
	finder *lookup.Finder
	forms  *gate.Forms
	desk   desk.Desk
	keys   []desk.Member
}

func newOffice(t *testing.T, d desk.Desk) *office {
	t.Helper()
	o := &office{folder: t.TempDir(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	ring, err := keys.Open(filepath.Join(o.folder, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	o.db, err = store.Open(t.Context(), store.Options{Path: filepath.Join(o.folder, "sangto.db"), Clock: clock, Zone: time.UTC, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.db.Close() })
	o.desk = d
	o.desk.ID, o.desk.Local, o.desk.Name, o.desk.Lang = "desk-under-test", true, "Bàn thử", "vi"
	o.update(t, func(tx *store.Tx) error {
		if err := tx.PutDesk(o.desk); err != nil {
			return err
		}
		for _, name := range []string{"an", "binh", "chi"} {
			m := desk.Member{ID: "member-" + name, DeskID: o.desk.ID, Name: name, Role: desk.Reviewer, KeyID: "key-" + name}
			o.keys = append(o.keys, m)
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return o.pages(tx)
	})
	finder, err := lookup.Open(t.Context(), o.db)
	if err != nil {
		t.Fatal(err)
	}
	o.finder = finder
	o.flow = workflow.New(o.db)
	o.forms = gate.NewForms(ring, clock)
	if o.intake, err = intake.New(t.Context(), o.db, finder, ring, o.desk.ID); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) update(t *testing.T, do func(*store.Tx) error) {
	t.Helper()
	if err := o.db.Update(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// signed is a version with the keys given to it.
type signed struct {
	version   desk.Version
	approvals []desk.Approval
}

// draft is a version that passes every gate but those the test is about; the
// first member wrote it and both approve.
func (o *office) draft(v desk.Version) signed {
	v.Author, v.Topic, v.Act, v.CheckID = o.keys[0].ID, "office", desk.Publish, ""
	if v.Claim == "" {
		v.Claim = "Sở đã cấp phép cho công trình từ năm ngoái"
	}
	v.Title, v.Summary = v.Claim, "Hồ sơ công khai cho thấy điều này."
	v.ClaimantKind = desk.ClaimantOffice
	if v.Kind == "" {
		v.Kind = desk.FactKind
	}
	v.Hearing = desk.Hearing{State: desk.HearingAsked, Note: "Nơi được nói tới đã trả lời."}
	v.Blind = desk.Classification{Kind: v.Kind, AboutPower: v.AboutPower}
	for i, stance := range []desk.Stance{desk.For, desk.Against} {
		v.Evidence = append(v.Evidence, desk.Evidence{
			Position: len(v.Evidence) + 1, Stance: stance, URL: fmt.Sprintf("https://nguon%d.example/bai", i), Title: "Hồ sơ", Archived: 20_000,
			Publisher: fmt.Sprintf("Nơi đăng %d", i), OwnerGroup: fmt.Sprintf("Chủ %d", i), Quote: "Theo hồ sơ.", Locator: "đoạn 2",
		})
	}
	d := signed{version: v}
	for _, m := range o.keys[:2] {
		d.approvals = append(d.approvals, desk.Approval{MemberID: m.ID, KeyID: m.KeyID, Revision: desk.Revision(v)})
	}
	return d
}

// publish carries a draft through the hands of its author and of whoever else
// gives a key. Keys for another revision stay such.
func (o *office) publish(t *testing.T, d signed) (published bool, err error) {
	t.Helper()
	ctx, author := t.Context(), o.keys[0]
	id, err := o.flow.StartDraft(ctx, author, "", "vi")
	if err != nil {
		return false, err
	}
	saved, err := o.flow.SaveDraft(ctx, author, id, 1, d.version)
	if err != nil {
		return false, err
	}
	revision, err := o.flow.HandIn(ctx, author, id)
	if err != nil {
		return false, err
	}
	asked := desk.Revision(d.version)
	for i, a := range d.approvals {
		if a.Revision == asked {
			a.Revision = revision
		}
		m := desk.Member{ID: a.MemberID, DeskID: o.desk.ID}
		if i == 0 {
			err = o.flow.SubmitDraft(ctx, author, id, saved.Counter, workflow.Handed{NoInterest: true, NobodyNamed: true, Approval: a})
		} else {
			if err := o.flow.Classify(ctx, m, id, d.version.Blind); err != nil && desk.KindOf(err) != desk.Conflict {
				return published, err
			}
			published, err = o.flow.ApproveDraft(ctx, m, id, desk.ReviewAnswers{NoInterest: true, Organisations: true}, a)
		}
		if err != nil {
			return published, err
		}
	}
	return published, nil
}

// pages publishes what a desk owes its readers.
func (o *office) pages(tx *store.Tx) error {
	admin := o.keys[0]
	admin.Role = desk.Admin
	o.keys[0] = admin
	if err := tx.PutMember(admin); err != nil {
		return err
	}
	for _, kind := range desk.RequiredPages() {
		p := desk.PolicyPage{
			DeskID: o.desk.ID, Kind: kind, Number: 1, Text: desk.Wording{VI: "Chúng tôi làm việc thế này."}, Day: tx.Day(),
			Keys: desk.Keys{ProposedBy: admin.ID, ProposedKey: admin.KeyID, AgreedBy: o.keys[1].ID, AgreedKey: o.keys[1].KeyID},
		}
		p.SHA256 = desk.HashBytes(desk.PageBytes(p))
		if err := tx.AddPolicyPage(p); err != nil {
			return err
		}
	}
	return nil
}

// key is the sentence with which a rule refused. What is forbidden is forbidden
// twice, by a rule and by the schema: the key tells which of the two it was.
func key(err error) string {
	var e *desk.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Key
}

// verdicts are the findings, without "not rated".
func verdicts() []desk.Verdict {
	return slices.DeleteFunc(desk.Verdicts(), func(v desk.Verdict) bool { return v == desk.NotRated })
}

// TestNoJudgeInHisOwnCause lets desks of the state and of parties, by owner and
// by funder, try every verdict on public power, through the workflow and with
// the store alone.
func TestNoJudgeInHisOwnCause(t *testing.T) {
	t.Parallel()
	for _, d := range []desk.Desk{
		{OwnerKind: desk.OwnerState, FunderKind: desk.OwnerState},
		{OwnerKind: desk.OwnerParty, FunderKind: desk.OwnerUnknown},
		{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerState},
		{OwnerKind: desk.OwnerCompany, FunderKind: desk.OwnerParty},
	} {
		o := newOffice(t, d)
		for _, verdict := range verdicts() {
			draft := o.draft(desk.Version{Verdict: verdict, AboutPower: true})
			if _, err := o.publish(t, draft); key(err) != "error.version.own_cause" {
				t.Errorf("owner %s, funder %s published %s on public power: %v", d.OwnerKind, d.FunderKind, verdict, err)
			}
			if err := o.addBare(t.Context(), draft); err == nil {
				t.Errorf("owner %s, funder %s: the schema took %s on public power", d.OwnerKind, d.FunderKind, verdict)
			}
		}
		evidenceOnly := o.draft(desk.Version{Verdict: desk.NotRated, NotRatedKind: desk.NotIndependent, AboutPower: true})
		if _, err := o.publish(t, evidenceOnly); err != nil {
			t.Errorf("evidence without a verdict was refused: %v", err)
		}
		everyday := o.draft(desk.Version{Verdict: desk.True, Claim: "Nước sôi ở một trăm độ"})
		if _, err := o.publish(t, everyday); err != nil {
			t.Errorf("a verdict on an everyday matter was refused: %v", err)
		}
	}
	free := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	if _, err := free.publish(t, free.draft(desk.Version{Verdict: desk.NotTrue, AboutPower: true})); err != nil {
		t.Errorf("an independent desk may not find an office wrong: %v", err)
	}
}

// addBare writes a draft without the workflow, as a changed program would.
func (o *office) addBare(ctx context.Context, d signed) error {
	return o.db.Update(ctx, func(tx *store.Tx) error {
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		if err := tx.AddCheck(desk.Check{ID: id, DeskID: o.desk.ID, Lang: "vi"}); err != nil {
			return err
		}
		v := d.version
		v.CheckID, v.Number, v.Act, v.Published = id, 1, desk.Publish, tx.Day()
		return tx.AddVersion(v, desk.Revision(d.version), d.approvals)
	})
}

// TestNoVerdictOnOpinions tries every verdict on everything that is no fact.
func TestNoVerdictOnOpinions(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	for _, kind := range []desk.ClaimKind{desk.OpinionKind, desk.PredictionKind, desk.SatireKind, desk.PrivateKind} {
		for _, verdict := range verdicts() {
			draft := o.draft(desk.Version{Verdict: verdict, Kind: kind})
			if _, err := o.publish(t, draft); key(err) != "error.version.only_facts" {
				t.Errorf("%s on an %s: %v", verdict, kind, err)
			}
			if err := o.addBare(t.Context(), draft); err == nil {
				t.Errorf("the schema took %s on an %s", verdict, kind)
			}
		}
	}
}

// TestScaleIsClosed pins the findings: there is no "misleading".
func TestScaleIsClosed(t *testing.T) {
	t.Parallel()
	want := []desk.Verdict{"true", "mostly_true", "missing_context", "not_true", "not_enough_evidence", "not_rated"}
	if !slices.Equal(desk.Verdicts(), want) {
		t.Errorf("the scale is %q", desk.Verdicts())
	}
	for _, v := range []desk.Verdict{"misleading", "false", "harmful", "hostile", "dangerous", "propaganda"} {
		if v.Valid() {
			t.Errorf("%s is on the scale", v)
		}
	}
}

// TestNobodyPublishesAlone tries with fewer keys than two, with one key twice,
// with a key for another revision, and with the key of somebody who left.
func TestNobodyPublishesAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	stale := o.draft(desk.Version{Verdict: desk.True})
	stale.version.Summary = "Khác với bản đã duyệt."
	o.update(t, func(tx *store.Tx) error {
		gone := o.keys[2]
		gone.Ended = true
		return tx.PutMember(gone)
	})
	left := o.draft(desk.Version{Verdict: desk.True})
	left.approvals[1].MemberID, left.approvals[1].KeyID = o.keys[2].ID, o.keys[2].KeyID
	one := o.draft(desk.Version{Verdict: desk.True})
	one.approvals = one.approvals[:1]
	twice := o.draft(desk.Version{Verdict: desk.True})
	twice.approvals[1] = twice.approvals[0]
	none := o.draft(desk.Version{Verdict: desk.True})
	none.approvals = nil
	for name, d := range map[string]signed{"no key": none, "one key": one, "one key twice": twice, "another revision": stale, "somebody who left": left} {
		if ok, err := o.publish(t, d); ok {
			t.Errorf("%s: published, %v", name, err)
		}
		if err := o.addBare(t.Context(), d); err == nil {
			t.Errorf("%s: the store took it", name)
		}
	}
	if _, err := o.publish(t, o.draft(desk.Version{Verdict: desk.True})); err != nil {
		t.Errorf("two keys: %v", err)
	}
}

// TestAnyOutletMayBeCited publishes evidence from independent, foreign and
// exile media and from newsrooms' own pages on networks.
func TestAnyOutletMayBeCited(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	v := desk.Version{Verdict: desk.NotTrue, AboutPower: true}
	for i, address := range []string{
		"https://www.bbc.com/vietnamese/articles/c0001", "https://www.rfa.org/vietnamese/0002", "https://www.voatiengviet.com/a/0003",
		"https://www.luatkhoa.com/0004", "https://www.facebook.com/newsroom.example/posts/0005", "https://www.youtube.com/watch?v=0006",
	} {
		v.Evidence = append(v.Evidence, desk.Evidence{
			Position: i + 1, Stance: desk.Against, URL: address, Title: "Bài báo", Publisher: fmt.Sprintf("Toà soạn %d", i), OwnerGroup: fmt.Sprint(i), By: desk.ByOrganisation, Quote: "Theo hồ sơ.", Locator: "đoạn 2",
		})
	}
	if _, err := o.publish(t, o.draft(v)); err != nil {
		t.Errorf("evidence was refused: %v", err)
	}
}

// ask keeps one question and returns its receipt.
func (o *office) ask(t *testing.T, text string) desk.Receipt {
	t.Helper()
	token, err := o.forms.Issue()
	if err != nil {
		t.Fatal(err)
	}
	issued := o.now
	o.now = o.now.Add(10 * time.Second)
	nonce, err := o.forms.Check(token)
	if err != nil {
		t.Fatal(err)
	}
	receipt := o.forms.Receipt(nonce)
	o.askWith(t, receipt, text)
	o.now = issued
	return receipt
}

// askWith keeps one question under a receipt of the test's own.
func (o *office) askWith(t *testing.T, receipt desk.Receipt, text string) {
	t.Helper()
	if _, err := o.intake.Ask(t.Context(), receipt.Secret(), receipt, desk.NewRaw(text)); err != nil {
		t.Fatal(err)
	}
}

// holds reports whether the words are anywhere on the disk, free pages and the
// write-ahead log included.
func (o *office) holds(t *testing.T, text string) bool {
	t.Helper()
	for _, path := range filesBelow(t, o.folder) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

// TestQuestionTextDisappears searches the bytes of the disk after everything
// that must make the words of a question go away.
func TestQuestionTextDisappears(t *testing.T) {
	t.Parallel()
	const wording = "Trường học đóng cửa một tuần"
	claims := func(t *testing.T, o *office) []desk.Claim {
		t.Helper()
		var out []desk.Claim
		if err := o.db.View(t.Context(), func(tx *store.Tx) (err error) {
			out, err = tx.ClaimsByState(desk.Waiting, 100)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, act := range map[string]func(*testing.T, *office, desk.Receipt){
		"worded": func(t *testing.T, o *office, _ desk.Receipt) {
			if err := o.flow.Word(t.Context(), o.keys[0], claims(t, o)[0].ID, workflow.Wording{Lang: "vi", Text: wording}); err != nil {
				t.Fatal(err)
			}
		},
		"declined as an opinion": func(t *testing.T, o *office, _ desk.Receipt) {
			if err := o.flow.Decline(t.Context(), o.keys[0], claims(t, o)[0].ID, desk.Opinion); err != nil {
				t.Fatal(err)
			}
		},
		"withdrawn by its asker": func(t *testing.T, o *office, r desk.Receipt) {
			if err := o.intake.Withdraw(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if _, err := o.intake.Track(t.Context(), r); desk.KindOf(err) != desk.NotFound {
				t.Errorf("a withdrawn receipt still opens something: %v", err)
			}
		},
		"fourteen days old": func(t *testing.T, o *office, _ desk.Receipt) {
			o.now = o.now.AddDate(0, 0, desk.TextDays)
			if _, err := o.flow.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"after a year away": func(t *testing.T, o *office, _ desk.Receipt) {
			o.now = o.now.AddDate(0, 0, 400)
			if _, err := o.flow.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
			if _, err := o.flow.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			text := "Có phải " + words(77) + " sẽ " + words(78)
			receipt := o.ask(t, text)
			if !o.holds(t, words(77)) {
				t.Fatal("the question is not on disk: this test cannot see")
			}
			act(t, o, receipt)
			if o.holds(t, words(77)) {
				t.Error("the words of the question are still on disk")
			}
			if err := o.intake.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestJoinedQuestionsKeepNoText asks what was asked before, in a spelling of
// one's own.
func TestJoinedQuestionsKeepNoText(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	o.ask(t, "Nghe nói nước máy của thành phố bị nhiễm chất độc từ hôm qua, có thật không?")
	o.ask(t, "NGHE NOI NUOC MAY CUA THANH PHO BI NHIEM CHAT DOC TU HOM QUA, CO THAT KHONG?")
	var claims int
	if err := o.db.View(t.Context(), func(tx *store.Tx) error {
		c, err := tx.ClaimsByState(desk.Waiting, 10)
		claims = len(c)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if claims != 1 {
		t.Fatalf("the questions are under %d claims; this test needs them joined", claims)
	}
	if !o.holds(t, "nhiễm chất độc") {
		t.Fatal("the first question is not on disk: this test cannot see")
	}
	if o.holds(t, "NHIEM CHAT DOC") {
		t.Error("the words of a question that joined a claim are on disk")
	}
}
