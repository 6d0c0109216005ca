package workflow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

func noticeForm(now time.Time) workflow.NoticeForm {
	return workflow.NoticeForm{
		Kind: desk.PowerNotice, VI: desk.NoticeText{What: "Ngừng cấp điện để sửa trạm", Where: "xã Đồng Hạ", ToDo: "Sạc sẵn đèn pin."},
		Source: "Điện lực Hải Lam", Contact: "1900 1234", From: now.Add(2 * time.Hour), Until: now.Add(8 * time.Hour),
	}
}

// newNotices is a desk with its pages; "a" and "b" are admins, "c" a reviewer.
func newNotices(t *testing.T) *after {
	t.Helper()
	a := newAfter(t)
	a.ready("river")
	a.update(func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "riverc", DeskID: "river", Name: "c", Role: desk.Reviewer, KeyID: "keyc"})
	})
	return a
}

func (a *after) notice(id string) workflow.NoticeItem {
	a.t.Helper()
	item, err := a.flow.Notice(a.t.Context(), a.member("rivera"), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return item
}

// out brings a notice out by the keys of "a" and "b".
func (a *after) out(f workflow.NoticeForm) string {
	a.t.Helper()
	id, err := a.flow.ProposeNotice(a.t.Context(), a.member("rivera"), f)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := a.flow.AgreeNotice(a.t.Context(), a.member("riverb"), id, a.notice(id).Proposal.SHA256); err != nil {
		a.t.Fatal(err)
	}
	return id
}

func TestNoticesTakeTwoKeys(t *testing.T) {
	a := newNotices(t)
	ctx := t.Context()
	one, two := a.member("rivera"), a.member("riverb")
	id, err := a.flow.ProposeNotice(ctx, one, noticeForm(a.now))
	if err != nil {
		t.Fatal(err)
	}
	item := a.notice(id)
	if len(item.Versions) != 0 || item.Proposal == nil || item.Proposed.Source != "Điện lực Hải Lam" || item.Spoilt != nil {
		t.Fatalf("after one key: %+v", item)
	}
	if waits, err := a.flow.NoticesWait(ctx, two); !waits || err != nil {
		t.Errorf("nothing waits for the second: %v", err)
	}
	if waits, err := a.flow.NoticesWait(ctx, one); waits || err != nil {
		t.Errorf("something waits for who proposed: %v", err)
	}
	wantKey(t, a.flow.AgreeNotice(ctx, one, id, item.Proposal.SHA256), "error.proposal.own")
	wantKey(t, a.flow.AgreeNotice(ctx, two, id, strings.Repeat("0", 64)), "error.proposal.changed")
	wantKey(t, a.flow.AgreeNotice(ctx, a.member("officea"), id, item.Proposal.SHA256), "error.not_found")
	wantKey(t, a.flow.ProposeNoticeUpdate(ctx, one, id, noticeForm(a.now)), "error.notice.not_out")
	if err := a.flow.AgreeNotice(ctx, two, id, item.Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.AgreeNotice(ctx, two, id, item.Proposal.SHA256), "error.proposal.changed")
	item = a.notice(id)
	if len(item.Versions) != 1 || item.Proposal != nil || !item.Newest().Standing(a.now) || item.Newest().Keys.AgreedBy != "riverb" {
		t.Errorf("after two keys: %+v", item)
	}
}

func TestNoticesAreUpdatedAndCancelled(t *testing.T) {
	a := newNotices(t)
	ctx := t.Context()
	id := a.out(noticeForm(a.now))
	f := noticeForm(a.now)
	f.Until, f.Source = a.now.Add(20*time.Hour), "somebody else"
	wantKey(t, a.flow.ProposeNoticeUpdate(ctx, a.member("riverb"), id, f), "error.notice.note")
	f.Note = desk.Wording{VI: "Chậm thêm", EN: "Delayed"}
	if err := a.flow.ProposeNoticeUpdate(ctx, a.member("riverb"), id, f); err != nil {
		t.Fatal(err)
	}
	if got := a.notice(id); got.Newest().Number != 1 || got.Proposed.Source != "Điện lực Hải Lam" {
		t.Errorf("a proposed update: %+v", got)
	}
	if err := a.flow.AgreeNotice(ctx, a.member("rivera"), id, a.notice(id).Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
	f.Until = a.now.Add(73 * time.Hour)
	wantKey(t, a.flow.ProposeNoticeUpdate(ctx, a.member("riverb"), id, f), "error.notice.life")
	wantKey(t, a.flow.ProposeNoticeEnd(ctx, a.member("riverb"), id, desk.Wording{}, false), "error.notice.note")
	if err := a.flow.ProposeNoticeEnd(ctx, a.member("riverb"), id, desk.Wording{EN: "The work was put off."}, false); err != nil {
		t.Fatal(err)
	}
	if err := a.flow.AgreeNotice(ctx, a.member("rivera"), id, a.notice(id).Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
	item := a.notice(id)
	if n := item.Newest(); len(item.Versions) != 3 || n.Act != desk.CancelNotice || n.VI.What == "" || n.Standing(a.now) {
		t.Errorf("after the cancellation: %+v", item.Versions)
	}
	err := a.flow.ProposeNoticeUpdate(ctx, a.member("riverb"), id, f)
	wantKey(t, err, "error.role.state")
}

// TestNoticesEndByThemselves: nothing but the clock ends one, and makes room.
func TestNoticesEndByThemselves(t *testing.T) {
	a := newNotices(t)
	ctx := t.Context()
	for range desk.NoticesStanding {
		a.out(noticeForm(a.now))
	}
	fourth, err := a.flow.ProposeNotice(ctx, a.member("rivera"), noticeForm(a.now))
	if err != nil {
		t.Fatal(err)
	}
	agree := func() error {
		return a.flow.AgreeNotice(ctx, a.member("riverb"), fourth, a.notice(fourth).Proposal.SHA256)
	}
	wantKey(t, agree(), "error.notice.three")
	a.now = a.now.Add(8*time.Hour - time.Second)
	wantKey(t, agree(), "error.notice.three")
	a.now = a.now.Add(time.Second)
	wantKey(t, agree(), "error.notice.past")
	if item := a.notice(fourth); item.Spoilt == nil {
		t.Error("a proposal of what is over can still be agreed to")
	}
	if waits, _ := a.flow.NoticesWait(ctx, a.member("riverb")); waits {
		t.Error("what is over waits")
	}
	list, err := a.flow.Notices(ctx, a.member("rivera"))
	if err != nil || list.Room != desk.NoticesStanding || len(list.Standing) != 0 || len(list.Past) != 3 || len(list.Waiting) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	a.now = a.now.Add(4 * 24 * time.Hour)
	if _, err := a.flow.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if list, err := a.flow.Notices(ctx, a.member("rivera")); err != nil || len(list.Waiting) != 0 {
		t.Errorf("after the tick wait %+v, %v", list.Waiting, err)
	}
}

func TestNoticesNameNobody(t *testing.T) {
	a := newNotices(t)
	for what, c := range map[string]struct {
		change func(f *workflow.NoticeForm)
		key    string
	}{
		"a mobile number":          {func(f *workflow.NoticeForm) { f.VI.ToDo = "Gọi anh trực 0912 345 678." }, "error.notice.identifiers"},
		"a mobile number to ask":   {func(f *workflow.NoticeForm) { f.Contact = "0912 345 678" }, "error.notice.contact_person"},
		"an e-mail address to ask": {func(f *workflow.NoticeForm) { f.Contact = "chi.hoa@x.example" }, "error.notice.contact_person"},
		"a switchboard":            {func(f *workflow.NoticeForm) { f.Contact = "(024) 3825 1234" }, ""},
		"a switchboard from afar":  {func(f *workflow.NoticeForm) { f.Contact = "+84 24 3825 1234" }, ""},
		"a page to ask":            {func(f *workflow.NoticeForm) { f.Contact = "https://dienluc.example/lien-he" }, ""},
		"a name":                   {func(f *workflow.NoticeForm) { f.VI.What = "Ông Nguyễn Văn Bình báo ngừng cấp điện" }, "error.notice.names"},
		"a name that was looked at": {func(f *workflow.NoticeForm) {
			f.VI.What, f.NobodyNamed = "Ngừng cấp điện ở phố Nguyễn Văn Bình", true
		}, ""},
		"a test alert": {func(f *workflow.NoticeForm) { f.Alert = []byte("<alert/>") }, "error.alert.form"},
		"no kind":      {func(f *workflow.NoticeForm) { f.Kind = "police" }, "error.notice.kind"},
	} {
		f := noticeForm(a.now)
		c.change(&f)
		id, err := a.flow.ProposeNotice(t.Context(), a.member("rivera"), f)
		if c.key == "" && err != nil || c.key != "" && errorKey(err) != c.key {
			t.Errorf("%s: %v, want %q", what, err, c.key)
		}
		if c.key == "" && what == "a name that was looked at" && !a.notice(id).Proposed.Named {
			t.Error("that somebody looked at the name is not kept")
		}
	}
}

func TestNoticesNeedPages(t *testing.T) {
	a := newAfter(t)
	_, err := a.flow.ProposeNotice(t.Context(), a.member("rivera"), noticeForm(a.now))
	wantKey(t, err, "error.policy.missing")
}

func TestNoticesAreTakenBack(t *testing.T) {
	a := newNotices(t)
	ctx := t.Context()
	id, err := a.flow.ProposeNotice(ctx, a.member("riverc"), noticeForm(a.now))
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.flow.ProposeNotice(ctx, a.member("rivera"), noticeForm(a.now))
	if err != nil {
		t.Fatal(err)
	}
	wantKey(t, a.flow.TakeNoticeBack(ctx, a.member("riverc"), other), "error.role.higher")
	for _, n := range []string{id, other} {
		if err := a.flow.TakeNoticeBack(ctx, a.member("rivera"), n); err != nil {
			t.Errorf("an admin: %v", err)
		}
	}
	wantKey(t, a.flow.TakeNoticeBack(ctx, a.member("rivera"), id), "error.proposal.changed")
	_, err = a.flow.Notice(ctx, a.member("rivera"), id)
	wantKey(t, err, "error.not_found")
}

// TestNoticesAreContested: somebody who gave no key answers.
func TestNoticesAreContested(t *testing.T) {
	a := newNotices(t)
	ctx := t.Context()
	id := a.out(noticeForm(a.now))
	send := func(n int) string {
		contest := fmt.Sprintf("contest%09d", n)
		a.update(func(tx *store.Tx) error {
			return tx.AddNoticeContest(desk.Contest{
				ID: contest, NoticeID: id, DeskID: "river", Number: 1, Day: tx.Day(), Due: desk.WorkingDays(tx.Day(), desk.AnswerDays),
				Text: desk.StoredText(fmt.Sprint("Sai giờ ", n)),
			})
		})
		return contest
	}
	first := send(1)
	list, err := a.flow.Contests(ctx, a.member("riverc"))
	if err != nil || len(list.Items) != 1 || list.Items[0].Notice == nil || list.Items[0].Decider != desk.You || list.Waiting != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	d := desk.Decision{State: desk.ContestUpheld, Answer: "Đúng là sai giờ.", AnswerLang: "vi"}
	for _, who := range []string{"rivera", "riverb"} {
		wantKey(t, a.flow.Decide(ctx, a.member(who), first, d), "error.contest.involved")
	}
	if err := a.flow.Decide(ctx, a.member("riverc"), first, d); err != nil {
		t.Fatal(err)
	}
	// With "c" gone, nobody uninvolved is left and two admins decide.
	second := send(2)
	gone := a.member("riverc")
	gone.Ended = true
	a.update(func(tx *store.Tx) error { return tx.PutMember(gone) })
	wantKey(t, a.flow.Decide(ctx, a.member("rivera"), second, d), "error.contest.two")
	if err := a.flow.ProposeDecision(ctx, a.member("rivera"), second, d); err != nil {
		t.Fatal(err)
	}
	item, err := a.flow.Contest(ctx, a.member("riverb"), second)
	if err != nil || item.Proposal == nil {
		t.Fatalf("%+v, %v", item, err)
	}
	if err := a.flow.AgreeDecision(ctx, a.member("riverb"), second, item.Proposal.SHA256); err != nil {
		t.Fatal(err)
	}
}
