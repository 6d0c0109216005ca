//go:build !race

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
