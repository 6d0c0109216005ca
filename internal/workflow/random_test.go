//go:build !race

package workflow_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
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

// The nightly run and the run of every change, in sequences for each engine. The
// nightly run is cut into parts, each with dice and a database of its own, which
// run side by side; TestTwoPersonModel/sqlite/7 runs one of them alone. Small ones
// cost half as much as few large ones: what is asked of a database grows with it.
const (
	nightlyParts  = 200
	ofPart        = 500
	everySequence = 250
)

// TestTwoPersonModel performs random acts of random members, and of somebody
// with a database shell, and asks after every version whether it may exist. The
// model keeps, for each draft, who wrote the wording as it stands and who
// assented to it since.
func TestTwoPersonModel(t *testing.T) {
	parts, n := testkit.Size(1, 1, nightlyParts), testkit.Size(everySequence, everySequence, ofPart)
	models := make([]*model, parts)
	t.Run("sqlite", func(t *testing.T) {
		for i := range models {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "t.db")
				m := newModel(t, store.Options{Path: path}, "sqlite", (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)"}).String(), uint64(i))
				models[i] = m
				m.run(n)
			})
		}
	})
	var all model
	for _, m := range models {
		if m != nil {
			all.seen, all.refused, all.bare, all.refusedBare = all.seen+m.seen, all.refused+m.refused, all.bare+m.bare, all.refusedBare+m.refusedBare
		}
	}
	t.Attr("sequences", fmt.Sprint(parts*n))
	t.Attr("versions_published", fmt.Sprint(all.seen))
	t.Attr("acts_refused", fmt.Sprint(all.refused))
	t.Attr("attempts_on_bare_SQL", fmt.Sprint(all.bare))
	t.Attr("breaches", "0")
	t.Run("postgres", func(t *testing.T) {
		dsn := testkit.Postgres(t)
		m := newModel(t, store.Options{DSN: dsn}, "pgx", dsn, 0)
		m.run(everySequence)
	})
}

// model is what must be true, kept beside the store and not read from it.
type model struct {
	*bench
	raw  *sql.DB
	dice *rand.Rand
	bind string
	// Of the draft under way.
	id       string
	deskID   string
	check    string
	act      desk.Act
	author   string
	editor   string
	content  desk.Version
	assent   map[string]bool
	handedIn []string // revisions, newest first
	disputed bool
	left     bool
	// What was seen.
	seen, bare, refusedBare, refused int
	published                        map[desk.Act]int
	reasons                          map[string]int
	order                            []string
	checks                           map[string]string // check to desk
}

func newModel(t *testing.T, o store.Options, driver, dsn string, dice uint64) *model {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)}
	o.Zone, o.Clock = time.UTC, func() time.Time { return b.now }
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db, b.flow = db, workflow.New(db)
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = raw.Close() })
	b.update(func(tx *store.Tx) error {
		for _, d := range []desk.Desk{
			{ID: "river", Local: true, Name: "River", Lang: "en", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown},
			{ID: "office", Local: true, Name: "Office", Lang: "en", OwnerKind: desk.OwnerState, FunderKind: desk.OwnerUnknown},
		} {
			if err := tx.PutDesk(d); err != nil {
				return err
			}
		}
		return nil
	})
	b.ready("river", "office")
	b.update(func(tx *store.Tx) error {
		for _, id := range []string{"river", "office"} {
			for _, m := range []struct {
				name string
				role desk.Role
			}{{"d", desk.Editor}, {"e", desk.Reviewer}} {
				if err := tx.PutMember(desk.Member{ID: id + m.name, DeskID: id, Name: m.name, Role: m.role, KeyID: "key" + m.name}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	bind := "?"
	if driver == "pgx" {
		bind = "$"
	}
	return &model{
		bench: b, raw: raw, dice: rand.New(rand.NewPCG(20260301, 7+dice)), bind: bind,
		published: map[desk.Act]int{}, reasons: map[string]int{}, checks: map[string]string{},
	}
}

func (m *model) run(n int) {
	m.t.Helper()
	start := time.Now()
	for range n {
		m.begin()
		for range 4 + m.dice.IntN(8) {
			m.step()
			if m.t.Failed() {
				return
			}
		}
	}
	m.judgeAll()
	m.t.Logf("%d sequences in %s: %d versions %v, %d acts refused; %d attempts on bare SQL, %d refused; every row: 0 breaches\nrefusals: %v",
		n, time.Since(start).Round(time.Second), m.seen, m.published, m.refused, m.bare, m.refusedBare, m.reasons)
	if n >= everySequence && (m.seen == 0 || m.published[desk.WithholdOrder] == 0 || m.published[desk.Correct] == 0 || m.refusedBare == 0) {
		m.t.Error("the dice published nothing of some kind: the test tests nothing")
	}
}

func (m *model) someone() desk.Member {
	id := m.deskID + string("abcde"[m.dice.IntN(5)])
	if m.dice.IntN(40) == 0 {
		id = map[string]string{"river": "officeb", "office": "riverb"}[m.deskID]
	}
	return m.who(id)
}

func pick[T any](m *model, of ...T) T { return of[m.dice.IntN(len(of))] }

// begin opens a draft: a new check, or an act on one that is out.
func (m *model) begin() {
	m.back()
	m.id, m.deskID, m.disputed, m.assent, m.handedIn = "", pick(m, "river", "river", "office"), false, map[string]bool{}, nil
	m.act = desk.Publish
	actor := m.someone()
	var err error
	if m.dice.IntN(2) == 0 && len(m.checks) > 0 {
		m.check = m.order[m.dice.IntN(len(m.order))]
		m.deskID = m.checks[m.check]
		actor = m.someone()
		m.act = pick(m, desk.Correct, desk.Correct, desk.Withdraw, desk.ErasePersonal, desk.WithholdOrder, desk.WithholdOrder, desk.Restore)
		m.id, err = m.flow.StartRevision(m.t.Context(), actor, m.check, m.act)
	} else {
		m.id, err = m.flow.StartDraft(m.t.Context(), actor, "", "en")
	}
	if err != nil {
		m.refused++
		m.id = ""
		return
	}
	d := m.draft(m.id)
	m.check, m.author, m.editor, m.content = d.CheckID, actor.ID, actor.ID, d.Content
}

func (m *model) step() {
	if m.id == "" {
		m.begin()
		return
	}
	if m.dice.IntN(100) == 0 {
		m.toggle()
	}
	// Blind chance publishes nothing: most steps are what a desk would do next.
	if m.dice.IntN(10) < 6 {
		m.sensible()
		m.judgeNew()
		return
	}
	switch k := m.dice.IntN(20); {
	case k < 4:
		m.edit()
	case k < 8:
		m.handIn()
	case k < 11:
		m.classify()
	case k < 16:
		m.assentTo()
	case k < 17:
		m.giveBack()
	default:
		m.shell()
	}
	m.judgeNew()
}

// toggle lets a member leave, or come back; the last admin cannot.
func (m *model) toggle() {
	who := m.who(m.deskID + string("bcde"[m.dice.IntN(4)]))
	who.Ended, m.left = !who.Ended, true
	m.update(func(tx *store.Tx) error { return tx.PutMember(who) })
}

// back brings everybody back before the next draft.
func (m *model) back() {
	if !m.left {
		return
	}
	m.left = false
	for _, id := range []string{"river", "office"} {
		for _, letter := range "bcde" {
			if who := m.who(id + string(letter)); who.Ended {
				who.Ended = false
				m.update(func(tx *store.Tx) error { return tx.PutMember(who) })
			}
		}
	}
}

func (m *model) tell(err error) bool {
	m.t.Helper()
	if err == nil {
		return true
	}
	if errorKey(err) == "error.rule" {
		m.t.Errorf("a rule of the schema that no rule of the desk foresaw: %v", err)
	}
	if desk.KindOf(err) == desk.Internal || desk.KindOf(err) == desk.Unavailable {
		m.t.Errorf("an act ended with %v", err)
	}
	m.refused++
	m.reasons[errorKey(err)]++
	return false
}

// sensible does what brings the draft on: write, hand in, classify, approve.
func (m *model) sensible() {
	d := m.draft(m.id)
	switch {
	case d.State == desk.Writing && (d.Content.Note == "" || m.dice.IntN(6) == 0):
		m.edit()
	case d.State == desk.Writing:
		m.handIn()
	default:
		who := m.who(m.deskID + pick(m, "b", "c", "e"))
		if m.act.Judges() {
			c := desk.Classification{Kind: m.content.Kind, AboutPower: m.content.AboutPower}
			_ = m.tell(m.flow.Classify(m.t.Context(), who, m.id, c))
		}
		if m.dice.IntN(3) == 0 {
			m.assentOf(who, m.forged(who, d.Revision), true)
		}
		if m.id != "" {
			m.assentOf(who, key(who, d.Revision), true)
		}
	}
}

// forged is a key that must not be taken from who for the revision: the one he
// gave for a wording that stood here before, or somebody else's.
func (m *model) forged(who desk.Member, revision string) desk.Approval {
	if other := m.someone(); other.ID != who.ID && m.dice.IntN(2) == 0 {
		return key(other, revision)
	}
	for _, r := range m.handedIn {
		if r != revision {
			return key(who, r)
		}
	}
	return key(who, strings.Repeat("0", 64))
}

// keysOf is what the promise says, and not what the program says of itself.
func keysOf(act desk.Act) int {
	if act == desk.WithholdOrder {
		return 3
	}
	return 2
}

func (m *model) edit() {
	v := version()
	v.Body = fmt.Sprint("Body ", m.dice.IntN(4))
	v.Reason, v.Note = "error", "We were wrong."
	v.Kind = pick(m, desk.FactKind, desk.FactKind, desk.FactKind, desk.OpinionKind)
	v.AboutPower = m.dice.IntN(3) == 0
	v.Verdict = pick(m, desk.True, desk.NotTrue, desk.NotEnoughEvidence, desk.NotRated)
	if v.Verdict == desk.NotRated {
		v.NotRatedKind = pick(m, desk.Opinion, desk.Unsettled, desk.NotIndependent)
	}
	v.Order = desk.Order{Body: "Court", Date: 20_000, Law: "Law", Digest: strings.Repeat("ab", 32)}
	who, before := m.someone(), m.draft(m.id)
	d, err := m.flow.SaveDraft(m.t.Context(), who, m.id, before.Counter-m.dice.IntN(8)/7, v)
	if m.tell(err) && d.Counter != before.Counter {
		m.editor, m.assent, m.content = who.ID, map[string]bool{}, d.Content
	}
}

func (m *model) handIn() {
	who := m.someone()
	if m.dice.IntN(5) > 0 {
		who = m.who(m.author)
	}
	revision, err := m.flow.HandIn(m.t.Context(), who, m.id)
	if !m.tell(err) {
		return
	}
	if m.dice.IntN(4) == 0 {
		h := handed(who, revision)
		h.Approval = m.forged(who, revision)
		if m.tell(m.flow.SubmitDraft(m.t.Context(), who, m.id, m.draft(m.id).Counter, h)) {
			m.t.Errorf("%s handed in %s under the key %+v", who.ID, revision, h.Approval)
		}
	}
	m.handedIn = append([]string{revision}, m.handedIn...)
	if m.tell(m.flow.SubmitDraft(m.t.Context(), who, m.id, m.draft(m.id).Counter, handed(who, revision))) {
		m.editor, m.assent = who.ID, map[string]bool{who.ID: true}
		m.content = m.draft(m.id).Content
	}
}

func (m *model) classify() {
	c := desk.Classification{Kind: m.content.Kind, AboutPower: m.content.AboutPower}
	if m.dice.IntN(5) == 0 {
		c = desk.Classification{Kind: pick(m, desk.FactKind, desk.OpinionKind), AboutPower: m.dice.IntN(2) == 0}
	}
	if c.Kind == "" {
		c.Kind = desk.FactKind
	}
	who := m.someone()
	if m.tell(m.flow.Classify(m.t.Context(), who, m.id, c)) && (c.Kind != m.content.Kind || c.AboutPower != m.content.AboutPower) {
		m.disputed = true
	}
}

func (m *model) assentTo() {
	who, d := m.someone(), m.draft(m.id)
	a := key(who, d.Revision)
	if m.dice.IntN(10) == 0 {
		a = pick(m, key(who, strings.Repeat("0", 64)), key(m.someone(), d.Revision))
	}
	m.assentOf(who, a, m.dice.IntN(10) > 0)
}

func (m *model) assentOf(who desk.Member, a desk.Approval, noInterest bool) {
	revision := m.draft(m.id).Revision
	out, err := m.flow.ApproveDraft(m.t.Context(), who, m.id, desk.ReviewAnswers{NoInterest: noInterest, Organisations: true}, a)
	if !m.tell(err) {
		return
	}
	if who.ID == m.author || who.ID == m.editor || who.Role == desk.Editor || who.Ended || a.Revision != revision || a.MemberID != who.ID {
		m.t.Errorf("%s (%s) approved %s, which %s wrote and %s edited, by the key of %s for %s",
			who.ID, who.Role, revision, m.author, m.editor, a.MemberID, a.Revision)
	}
	m.assent[who.ID] = true
	need := keysOf(m.act)
	if out != (len(m.assent) >= need) {
		m.t.Errorf("%s with the keys of %v: published %v", m.act, m.assent, out)
	}
	if !out {
		return
	}
	v := m.latest(m.check)
	if v.Act.Judges() && m.disputed && v.Verdict != desk.NotRated {
		m.t.Errorf("a disputed verdict was published: %+v", v)
	}
	m.published[v.Act]++
	if m.checks[m.check] == "" {
		m.order = append(m.order, m.check)
	}
	m.checks[m.check] = m.deskID
	m.id = ""
}

func (m *model) giveBack() {
	if m.tell(m.flow.ReturnDraft(m.t.Context(), m.someone(), m.id, m.draft(m.id).Revision, "Not yet.")) {
		m.assent = map[string]bool{}
	}
}

// shell is somebody with a database shell who tries one thing.
func (m *model) shell() {
	d := m.draft(m.id)
	who := m.deskID + string("abcde"[m.dice.IntN(5)])
	tries := []string{
		`UPDATE drafts SET state = 'published' WHERE id = '%[1]s'`,
		`UPDATE drafts SET disputed = 0, author = '%[2]s' WHERE id = '%[1]s' AND (disputed = 1 OR author <> '%[2]s')`,
		`UPDATE drafts SET author = '%[2]s' WHERE id = '%[1]s' AND author <> '%[2]s'`,
		`INSERT INTO draft_approvals (draft_id, round, member_id, revision, key_id, signed, assertion, no_interest, organisations, one_source, at)
			VALUES ('%[1]s', %[3]d, '%[4]s', '%[5]s', 'k', 0, NULL, 1, 0, '', 0)`,
		`INSERT INTO draft_classifications (draft_id, member_id, claim, kind, about_power, agreed, at)
			VALUES ('%[1]s', '%[4]s', '%[6]s', 'fact', 0, 1, 0)`,
		`UPDATE draft_approvals SET member_id = '%[2]s' WHERE draft_id = '%[1]s' AND member_id <> '%[2]s'`,
		`UPDATE versions SET verdict = 'true', disputed = 0 WHERE check_id = '%[7]s'`,
		`UPDATE approvals SET member_id = '%[2]s' WHERE check_id = '%[7]s'`,
		`INSERT INTO versions (check_id, number, desk_id, local, desk_power, act, kind, about_power, claimant_kind, verdict, not_rated_kind, rating,
			no_verdict_rating, topic, claim, title, summary, body, todo, link_only, reason, note, published, as_of, author, last_editor, revision,
			approver_1, approver_2, evidence_count, recorded, blind_kind)
			SELECT check_id, number + 1, desk_id, local, desk_power, 'correct', 'fact', 0, '', 'true', '', '', 0, '', 'c', '', 's', '', '', 0, 'r', 'n',
			published, 0, author, last_editor, revision, author, author, 0, 0, 'fact' FROM versions WHERE check_id = '%[7]s' ORDER BY number DESC LIMIT 1`,
	}
	i := m.dice.IntN(len(tries))
	// The schema lets a member who is neither author nor editor stand in for
	// himself; what it must refuse is the author's key and the author's choice.
	author := d.Content.Author
	if author == d.Content.Editor() && tries[i] == tries[3] {
		author = m.deskID + "x"
	}
	statement := fmt.Sprintf(tries[i], m.id, who, d.Round, author, d.Revision, strings.Repeat("a", 64), m.check)
	result, err := m.raw.ExecContext(m.t.Context(), statement)
	m.bare++
	if err != nil {
		m.refusedBare++
		return
	}
	if n, _ := result.RowsAffected(); n > 0 {
		m.t.Errorf("went through: %s", statement)
	}
}

const everyVersion = `SELECT v.check_id, v.number, v.act, v.local, v.author, coalesce(v.last_editor, v.author), v.approver_1, v.approver_2,
	coalesce(v.approver_3, ''), v.kind, v.about_power, v.verdict, v.disputed, v.blind_kind, v.blind_power, d.of_power,
	(SELECT count(DISTINCT a.member_id) FROM approvals a WHERE a.check_id = v.check_id AND a.number = v.number AND a.revision = v.revision)
	FROM versions v JOIN desks d ON d.id = v.desk_id`

// judgeNew looks at the versions of the check under way, judgeAll at all.
func (m *model) judgeNew() { m.judge(everyVersion + ` WHERE v.check_id = '` + m.check + `'`) }

func (m *model) judgeAll() { m.judge(everyVersion) }

func (m *model) judge(query string) {
	m.t.Helper()
	rows, err := m.raw.QueryContext(m.t.Context(), query)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var check, act, author, editor, one, two, three, kind, verdict, blindKind string
		var number, local, power, disputed, blindPower, ofPower, keys int
		if err := rows.Scan(&check, &number, &act, &local, &author, &editor, &one, &two, &three, &kind, &power, &verdict, &disputed,
			&blindKind, &blindPower, &ofPower, &keys); err != nil {
			m.t.Fatal(err)
		}
		seen++
		distinct, outside := map[string]bool{}, 0
		for _, a := range []string{one, two, three} {
			if a != "" && !distinct[a] {
				distinct[a] = true
				if a != author && a != editor {
					outside++
				}
			}
		}
		need := keysOf(desk.Act(act))
		if len(distinct) < need || keys < need || outside < need-1 {
			m.t.Errorf("%s %d: %s by %s (last %s) stands on the keys of %v, %d of them written down", check, number, act, author, editor, distinct, keys)
		}
		if verdict == string(desk.NotRated) {
			continue
		}
		if kind != string(desk.FactKind) || power == 1 && ofPower == 1 || disputed == 1 || desk.Act(act).Judges() && (blindKind != kind || blindPower != power) {
			m.t.Errorf("%s %d: a verdict of kind %s, power %d, disputed %d, blind %s %d", check, number, kind, power, disputed, blindKind, blindPower)
		}
	}
	if err := rows.Err(); err != nil {
		m.t.Fatal(err)
	}
	m.seen = seen
}
