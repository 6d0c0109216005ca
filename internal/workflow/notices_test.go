package workflow_test

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
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

// TestTwoPersonNotices performs random acts of random members on notices, and of
// somebody with a database shell, under a clock that jumps, and asks after every
// act whether what is out may be.
func TestTwoPersonNotices(t *testing.T) {
	n := testkit.Size(400, 400, 20_000)
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "t.db")
		dsn := (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)"}).String()
		(&noticeModel{model: newModel(t, store.Options{Path: path}, "sqlite", dsn, 0)}).run(n)
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := testkit.Postgres(t)
		(&noticeModel{model: newModel(t, store.Options{DSN: dsn}, "pgx", dsn, 0)}).run(n / 2)
	})
}

type noticeModel struct {
	*model
	ids []string
	of  map[string]string // notice to desk
	// keys are who gave one to the version that waits, by notice.
	first map[string]string
	acts  map[string]int
}

func (m *noticeModel) run(n int) {
	m.first, m.acts, m.of = map[string]string{}, map[string]int{}, map[string]string{}
	m.deskID = "river"
	for range n {
		m.turn()
		m.judgeNotices()
		if m.t.Failed() {
			return
		}
	}
	m.t.Logf("%v, %d refused: %v; bare SQL: %d tries, %d refused", m.acts, m.refused, m.reasons, m.bare, m.refusedBare)
	for _, act := range []string{"issue", "update", "cancel"} {
		if m.acts[act] == 0 {
			m.t.Errorf("the dice made no %s: the test tests nothing", act)
		}
	}
	if m.reasons["error.notice.three"] == 0 || m.reasons["error.proposal.own"] == 0 || m.refusedBare == 0 {
		m.t.Errorf("some refusal was never seen: %v", m.reasons)
	}
}

func (m *noticeModel) turn() {
	ctx := m.t.Context()
	m.deskID = pick(m.model, "river", "river", "office")
	if m.dice.IntN(40) == 0 {
		m.toggle()
	}
	if m.dice.IntN(40) == 0 {
		m.back()
	}
	who, id := m.someone(), ""
	if len(m.ids) > 0 {
		id = m.one()
		if m.dice.IntN(8) > 0 {
			m.deskID = m.of[id]
			who = m.someone()
		}
	}
	switch k := m.dice.IntN(20); {
	case k < 5 || len(m.ids) == 0:
		id, err := m.flow.ProposeNotice(ctx, who, m.form())
		if m.tell(err) {
			m.ids, m.first[id], m.of[id] = append(m.ids, id), who.ID, who.DeskID
		}
	case k < 8:
		if m.tell(m.flow.ProposeNoticeUpdate(ctx, who, id, m.form())) {
			m.first[id] = who.ID
		}
	case k < 9:
		if m.tell(m.flow.ProposeNoticeEnd(ctx, who, id, desk.Wording{EN: "Over."}, false)) {
			m.first[id] = who.ID
		}
	case k < 15:
		m.agree(who, id)
	case k < 16:
		m.now = m.now.Add(time.Duration(m.dice.IntN(20*3600)) * time.Second)
	case k < 17:
		_ = m.tell(m.flow.TakeNoticeBack(ctx, who, id))
	default:
		m.bareNotice(id)
	}
}

// one is a notice, mostly one that stands or is new.
func (m *noticeModel) one() string {
	var standing []desk.Notice
	err := m.db.View(m.t.Context(), func(tx *store.Tx) (err error) {
		standing, err = tx.StandingNotices()
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if len(standing) > 0 && m.dice.IntN(3) > 0 {
		return standing[m.dice.IntN(len(standing))].ID
	}
	return m.ids[max(0, len(m.ids)-1-m.dice.IntN(4))]
}

func (m *noticeModel) form() workflow.NoticeForm {
	f := noticeForm(m.now)
	f.Note = desk.Wording{EN: fmt.Sprint("Because ", m.dice.IntN(9))}
	if m.dice.IntN(3) == 0 {
		f.From = m.now.Add(time.Duration(m.dice.IntN(80)-40) * time.Hour)
		f.Until = m.now.Add(time.Duration(m.dice.IntN(80)-4) * time.Hour)
	}
	return f
}

func (m *noticeModel) agree(who desk.Member, id string) {
	item, err := m.flow.Notice(m.t.Context(), who, id)
	if err != nil || item.Proposal == nil {
		return
	}
	sha := item.Proposal.SHA256
	if m.dice.IntN(10) == 0 {
		sha = strings.Repeat("0", 64)
	}
	if !m.tell(m.flow.AgreeNotice(m.t.Context(), who, id, sha)) {
		return
	}
	if who.Ended || who.ID == m.first[id] || sha != item.Proposal.SHA256 {
		m.t.Errorf("%s agreed to what %s proposed", who.ID, m.first[id])
	}
	m.acts[string(item.Proposed.Act)]++
}

// bareNotice is somebody with a database shell.
func (m *noticeModel) bareNotice(id string) {
	columns := `desk_id, act, kind, what_vi, where_vi, todo_vi, what_en, where_en, todo_en, source, source_url, contact, note_vi, note_en, alert, named, sha256`
	copyOf := func(number, issued, published, from, until, first, second string) string {
		return `INSERT INTO notices (notice_id, number, issued, published, valid_from, valid_until, proposed_by, agreed_by, proposed_key, agreed_key, ` + columns + `)
			SELECT notice_id, ` + number + `, ` + issued + `, ` + published + `, ` + from + `, ` + until + `, ` + first + `, ` + second + `, '', '', ` +
			strings.Replace(columns, "act", "'update'", 1) + ` FROM notices WHERE notice_id = '` + id + `' ORDER BY number DESC LIMIT 1`
	}
	tries := []string{
		`UPDATE notices SET valid_until = valid_until + 1 WHERE notice_id = '` + id + `'`,
		`DELETE FROM notices WHERE notice_id = '` + id + `'`,
		copyOf("number + 1", "issued", "published", "valid_from", "valid_until", "proposed_by", "proposed_by"),
		copyOf("number + 1", "issued", "published", "valid_from", "issued + 259200000001", "proposed_by", "agreed_by"),
		copyOf("number + 1", "issued + 1", "published + 1", "valid_from", "valid_until", "proposed_by", "agreed_by"),
		copyOf("number + 2", "issued", "published", "valid_from", "valid_until", "proposed_by", "agreed_by"),
		copyOf("number + 1", "issued", "valid_until", "valid_from", "valid_until + 1", "proposed_by", "agreed_by"),
	}
	m.bare++
	result, err := m.raw.ExecContext(m.t.Context(), tries[m.dice.IntN(len(tries))])
	if err != nil {
		m.refusedBare++
		return
	}
	if n, _ := result.RowsAffected(); n > 0 {
		m.t.Errorf("went through on %s", id)
	}
}

// judgeNotices reads the rows as they lie and asks what the rules ask.
func (m *noticeModel) judgeNotices() {
	m.t.Helper()
	rows, err := m.raw.QueryContext(m.t.Context(), `SELECT notice_id, number, act, valid_from, valid_until, issued, published, proposed_by, agreed_by, source
		FROM notices ORDER BY notice_id, number`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	type row struct {
		id, act, one, two, source      string
		number                         int
		from, until, issued, published int64
	}
	const life = int64(72 * time.Hour / time.Microsecond)
	standing := map[string]bool{}
	var last row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.number, &r.act, &r.from, &r.until, &r.issued, &r.published, &r.one, &r.two, &r.source); err != nil {
			m.t.Fatal(err)
		}
		if r.one == r.two || r.until-r.from > life || r.until-r.issued > life || r.until <= r.published {
			m.t.Errorf("may not be: %+v", r)
		}
		if r.id == last.id && (r.number != last.number+1 || r.issued != last.issued || last.act == "cancel" || r.published >= last.until) {
			m.t.Errorf("%+v follows %+v", r, last)
		}
		standing[r.id] = r.act != "cancel" && r.until > m.now.UnixMicro()
		last = r
	}
	n := 0
	for _, s := range standing {
		if s {
			n++
		}
	}
	if err := errors.Join(rows.Err()); err != nil || n > desk.NoticesStanding {
		m.t.Errorf("%d stand, %v", n, err)
	}
	if shown := m.standing(); shown != n {
		m.t.Errorf("%d are shown, %d stand", shown, n)
	}
}

func (m *noticeModel) standing() (n int) {
	m.t.Helper()
	err := m.db.View(m.t.Context(), func(tx *store.Tx) error {
		list, err := tx.StandingNotices()
		n = len(list)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return n
}
