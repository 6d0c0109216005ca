package promises_test

import (
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/queue"
	"sangto/internal/store"
)

// brigade is the message that a crowd sends in one hour, and how each of them
// changes it: what people and programs do to a text they pass on.
type brigade struct{ random *mathrand.Rand }

const brigadeText = "Nghe nói tối nay đập thủy điện Sông Lành sẽ xả lũ khẩn cấp, cả xã Suối Vàng phải sơ tán trước 10 giờ đêm, mọi người báo cho nhau biết ngay"

// copy is one near-copy. Four in five change nothing that matters: marks,
// capitals, signs, a slip of typing, a word of greeting. One in five changes an
// hour, a place or a word, or two of them, and so may escape the strict rule.
func (b brigade) copy() string {
	text := brigadeText
	if b.random.IntN(5) == 0 {
		text = b.escape(b.escape(text))
	}
	for range b.random.IntN(3) {
		switch b.random.IntN(6) {
		case 0:
			text = strings.ToUpper(text)
		case 1:
			text = strings.ReplaceAll(text, ",", []string{" ", "…", "!!!", " ,", ";"}[b.random.IntN(5)])
		case 2:
			text += []string{" 🙏", " !!!", " ạ", "", " 😱😱", "\n"}[b.random.IntN(6)]
		case 3:
			text = strings.ReplaceAll(text, " ", []string{"  ", " ", "\n"}[b.random.IntN(3)])
		case 4:
			text = strings.ReplaceAll(text, "khẩn cấp", []string{"khan cap", "khẩn cấpp", "khẩn  cấp"}[b.random.IntN(3)])
		case 5:
			text = strings.NewReplacer("ơ", "o", "ư", "u", "đ", "d", "ậ", "a", "ủ", "u").Replace(text)
		}
	}
	return text
}

func (b brigade) escape(text string) string {
	pick := func(words ...string) string { return words[b.random.IntN(len(words))] }
	switch b.random.IntN(4) {
	case 0:
		return strings.Replace(text, "10 giờ đêm", fmt.Sprintf("%d giờ %s", 1+b.random.IntN(12), pick("đêm", "sáng", "chiều", "tối")), 1)
	case 1:
		return strings.Replace(text, "Suối Vàng", pick("Suối Bạc", "Đồi Cao", "Bến Tre", "An Hòa", "Phú Lộc", "Tân Lập"), 1)
	case 2:
		return strings.Replace(text, "Sông Lành", pick("Sông Dữ", "Sông Mây", "Sông Con", "Sông Cái"), 1)
	}
	return strings.Replace(text, "xả lũ khẩn cấp", pick("vỡ", "xả đáy", "bị nứt thân đập", "mở hết cửa xả", "không xả lũ"), 1)
}

// TestBrigadeHoldsNoMoreThanAFifth sends near-copies of one message through the
// real intake, as fast as a crowd in one hour, among questions of everybody
// else: they join one claim; those that escape hold at most one in five of the
// first hundred rows; the others wait no longer for it than a tenth; and no
// verdict or wording changes.
func TestBrigadeHoldsNoMoreThanAFifth(t *testing.T) {
	t.Parallel()
	others := 400
	copies := others * size(2, 3, 125)
	quiet, flooded := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent}), newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent})
	crowd := brigade{mathrand.New(mathrand.NewPCG(28, 28))}
	const check = "0000000000000c01"
	flooded.update(t, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutDesk(desk.Desk{ID: "elsewhere", Name: "Bàn khác", URL: "https://elsewhere.example"}),
			tx.AddCheck(desk.Check{ID: check, DeskID: "elsewhere", Lang: "vi", SourceURL: "https://elsewhere.example/1"}),
			tx.AddVersion(desk.Version{CheckID: check, Number: 1, Act: desk.ImportAct, Rating: "Không đúng", Claim: brigadeText}, "", nil))
	})
	before := flooded.version(t, check)
	began := time.Now()
	for i := range others {
		for _, o := range []*office{quiet, flooded} {
			o.askText(t, "Có đúng là "+words(i*31+7)+" "+words(i*17+3)+" không?")
		}
		for range copies / others {
			flooded.askText(t, crowd.copy())
		}
		step := time.Hour / time.Duration(others)
		quiet.now, flooded.now = quiet.now.Add(step), flooded.now.Add(step)
	}
	rows := flooded.queued(t)
	strict, escaped := 0, 0
	ofCrowd := map[string]bool{}
	for _, c := range rows {
		if len(c.asker) > 0 && strings.Contains(strings.ToLower(c.asker), "giờ") || strings.Contains(strings.ToLower(c.asker), "gio") {
			ofCrowd[c.ID] = true
			if c.all > strict {
				strict = c.all
			}
			escaped++
		}
	}
	first := 0
	for _, c := range rows[:min(100, len(rows))] {
		if ofCrowd[c.ID] {
			first++
		}
	}
	alone, among := median(quiet.queued(t), nil), median(rows, ofCrowd)
	t.Logf("%d copies in %v: the largest claim holds %d, %d claims in all, %d of the first 100 rows; the others' median place is %d, %d without the crowd",
		copies, time.Since(began).Round(time.Millisecond), strict, escaped, first, among, alone)
	t.Attr("near_copies", fmt.Sprint(copies))
	t.Attr("joined_one_claim", fmt.Sprint(strict))
	t.Attr("of_the_first_100_rows", fmt.Sprint(first))
	t.Attr("median_place_of_others", fmt.Sprintf("%d, %d without the crowd", among, alone))
	if strict*10 < copies*7 {
		t.Errorf("only %d of %d near-copies joined one claim", strict, copies)
	}
	if escaped < 2 {
		t.Error("nothing escaped: the test has nothing to hold down")
	}
	if first > 20 {
		t.Errorf("the crowd holds %d of the first 100 rows", first)
	}
	if float64(among) > 1.1*float64(alone)+0.5 {
		t.Errorf("the median of the others went from place %d to %d", alone, among)
	}
	if after := flooded.version(t, check); after != before {
		t.Errorf("a verdict or its wording changed: %s, was %s", after, before)
	}
	for _, c := range rows {
		if c.State != desk.Waiting || c.Wording != "" || c.CheckID != "" {
			t.Errorf("asking moved a claim: %+v", c.Claim)
		}
	}
}

// askText asks through intake, which redacts, groups and keeps.
func (o *office) askText(t *testing.T, text string) desk.Receipt {
	t.Helper()
	nonce, receipt := newForm()
	if _, err := o.intake.Ask(t.Context(), nonce, receipt, desk.NewRaw(text)); err != nil {
		t.Fatal(err)
	}
	return receipt
}

func (o *office) version(t *testing.T, checkID string) string {
	t.Helper()
	var out string
	if err := o.db.View(t.Context(), func(tx *store.Tx) error {
		v, err := tx.Latest(checkID)
		out = fmt.Sprintf("%+v", v)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// standing is a claim of the queue with what only a test may look at.
type standing struct {
	desk.Claim
	asker string
	all   int
}

// queued is the whole queue in its order.
func (o *office) queued(t *testing.T) []standing {
	t.Helper()
	var out []standing
	if err := o.db.View(t.Context(), func(tx *store.Tx) error {
		claims, err := tx.Queue(store.QueueFilter{DeskID: o.desk.ID, State: desk.Waiting}, store.Place{}, 1_000_000)
		for _, c := range claims {
			text, _, err := tx.TextOf(c.ID)
			if err != nil {
				return err
			}
			n, err := tx.Asked(c.ID)
			if err != nil {
				return err
			}
			out = append(out, standing{Claim: c, asker: text.String(), all: n})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// median is the median place of the claims that are not in without.
func median(rows []standing, without map[string]bool) int {
	var places []int
	for i, c := range rows {
		if !without[c.ID] {
			places = append(places, i+1)
		}
	}
	if len(places) == 0 {
		return 0
	}
	slices.Sort(places)
	return places[len(places)/2]
}

// TestQuestionsCannotBeSearched tries every way that members have to words that
// were asked: the search of the desk, the lists, and the suggestions, and finds
// them nowhere but on the pages that write each showing down.
func TestQuestionsCannotBeSearched(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent})
	secret := words(424_242)
	for i := range 30 {
		o.askText(t, "Có đúng là "+words(i)+" không?")
	}
	o.askText(t, "Có phải "+secret+" sắp xảy ra?")
	q, err := queue.New(t.Context(), o.db, o.finder, o.flow, o.desk.ID)
	if err != nil {
		t.Fatal(err)
	}
	rows := o.queued(t)
	var mine desk.Claim
	for _, r := range rows {
		if strings.Contains(r.asker, secret) {
			mine = r.Claim
		}
	}
	found, err := q.Search(t.Context(), o.keys[0], secret)
	if err != nil || len(found.Claims) != 0 || len(found.Checks) != 0 {
		t.Errorf("the search of the desk finds %+v, %v", found, err)
	}
	for _, v := range queue.Views() {
		p, err := q.List(t.Context(), o.keys[0], v, "")
		if err != nil || strings.Contains(fmt.Sprintf("%+v", p), secret) {
			t.Errorf("the list %s shows what was asked (%v)", v, err)
		}
	}
	if n := o.readings(t); n != 0 {
		t.Fatalf("%d readings before anything was shown", n)
	}
	shown, err := q.Claim(t.Context(), o.keys[0], mine.ID)
	if err != nil || shown.Words == nil || !strings.Contains(shown.Words.Text.String(), secret) {
		t.Fatalf("the claim's own page: %+v, %v", shown, err)
	}
	if n := o.readings(t); n != 1 {
		t.Errorf("one claim was shown, %d readings are written down", n)
	}
	p, err := q.Sheet(t.Context(), o.keys[0], queue.Waiting, "")
	if err != nil || len(p.Rows) > 10 {
		t.Errorf("a sheet shows %d claims, %v", len(p.Rows), err)
	}
	if n := o.readings(t); n != 1+len(p.Rows) {
		t.Errorf("a sheet of %d was shown, %d readings are written down", len(p.Rows), n)
	}
	// What is worded is found by the desk's words, and by those alone.
	const wording = "Cầu Suối Vàng sẽ bị cấm xe từ tháng tới"
	if err := q.Word(t.Context(), o.keys[0], mine.ID, queue.Wording{Lang: "vi", Text: wording, NamesSeen: true}); err != nil {
		t.Fatal(err)
	}
	if found, err := q.Search(t.Context(), o.keys[0], wording); err != nil || len(found.Claims) != 1 || found.Claims[0].ID != mine.ID {
		t.Errorf("by its wording: %+v, %v", found, err)
	}
	if found, err := q.Search(t.Context(), o.keys[0], secret); err != nil || len(found.Claims) != 0 {
		t.Errorf("by what was asked: %+v, %v", found, err)
	}
}

// readings is how long the read log is.
func (o *office) readings(t *testing.T) int {
	t.Helper()
	n := 0
	if err := o.db.View(t.Context(), func(tx *store.Tx) error {
		if err := tx.VerifyReads(); err != nil {
			return err
		}
		for _, m := range o.keys {
			k, err := tx.ReadsOf(m.ID, tx.Day())
			if err != nil {
				return err
			}
			n += k
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
