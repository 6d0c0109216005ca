package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sangto/internal/desk"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func notice() desk.Notice {
	return desk.Notice{
		ID: "notice0000000001", DeskID: "own", Number: 1, Act: desk.IssueNotice, Kind: desk.PowerNotice,
		VI:     desk.NoticeText{What: "Ngừng cấp điện", Where: "Xã Đồng Hạ", ToDo: "Sạc sẵn đèn pin."},
		Source: "Điện lực Hải Lam", SourceURL: "https://dienluc.example/lich", Contact: "1900 1234",
		From: noon.Add(6 * time.Hour), Until: noon.Add(12 * time.Hour),
	}
}

func TestCheckNotice(t *testing.T) {
	standing := notice()
	standing.Issued, standing.Published = noon.Add(-24*time.Hour), noon.Add(-24*time.Hour)
	next := standing
	next.Number, next.Act, next.Note = 2, desk.UpdateNotice, desk.Wording{VI: "Đổi giờ"}
	over, cancelled := standing, standing
	over.From, over.Until = noon.Add(-20*time.Hour), noon
	cancelled.Act = desk.CancelNotice
	for _, c := range []struct {
		name   string
		from   desk.Notice
		before *desk.Notice
		change func(n *desk.Notice)
		key    string
	}{
		{"the first", notice(), nil, func(*desk.Notice) {}, ""},
		{"72 hours", notice(), nil, func(n *desk.Notice) { n.From, n.Until = noon, noon.Add(72*time.Hour) }, ""},
		{"72 hours and a minute", notice(), nil, func(n *desk.Notice) { n.Until = noon.Add(72*time.Hour + time.Minute) }, "error.notice.life"},
		{"a span longer than 72 hours that ends soon", notice(), nil, func(n *desk.Notice) { n.From = noon.Add(-70 * time.Hour) }, "error.notice.life"},
		{"over already", notice(), nil, func(n *desk.Notice) { n.From, n.Until = noon.Add(-time.Hour), noon }, "error.notice.past"},
		{"ends before it begins", notice(), nil, func(n *desk.Notice) { n.Until = n.From }, "error.notice.span"},
		{"seconds", notice(), nil, func(n *desk.Notice) { n.Until = n.Until.Add(time.Second) }, "error.notice.span"},
		{"no kind", notice(), nil, func(n *desk.Notice) { n.Kind = "" }, "error.notice.kind"},
		{"security is no kind", notice(), nil, func(n *desk.Notice) { n.Kind = "security" }, "error.notice.kind"},
		{"no words", notice(), nil, func(n *desk.Notice) { n.VI = desk.NoticeText{} }, "error.notice.words"},
		{"a place missing", notice(), nil, func(n *desk.Notice) { n.VI.Where = " " }, "error.notice.words"},
		{"half a language", notice(), nil, func(n *desk.Notice) { n.EN.What = "Power cut" }, "error.notice.words"},
		{"English alone", notice(), nil, func(n *desk.Notice) { n.EN, n.VI = n.VI, desk.NoticeText{} }, ""},
		{"too long", notice(), nil, func(n *desk.Notice) { n.VI.ToDo = strings.Repeat("ă", 301) }, "error.notice.long"},
		{"nobody's statement", notice(), nil, func(n *desk.Notice) { n.Source = "" }, "error.notice.source"},
		{"a body of two lines", notice(), nil, func(n *desk.Notice) { n.Source = "Điện lực\nkhác" }, "error.notice.source"},
		{"nobody to ask", notice(), nil, func(n *desk.Notice) { n.Contact = "" }, "error.notice.contact"},
		{"no address", notice(), nil, func(n *desk.Notice) { n.SourceURL = "" }, ""},
		{"an address of no page", notice(), nil, func(n *desk.Notice) { n.SourceURL = "javascript:alert(1)" }, "error.notice.url"},
		{"an update of nothing", next, nil, func(*desk.Notice) {}, "error.stale"},
		{"an update", next, &standing, func(*desk.Notice) {}, ""},
		{"a cancellation", next, &standing, func(n *desk.Notice) { n.Act = desk.CancelNotice }, ""},
		{"an update does not prolong", next, &standing, func(n *desk.Notice) { n.Until = noon.Add(48*time.Hour + time.Minute) }, "error.notice.life"},
		{"without a reason", next, &standing, func(n *desk.Notice) { n.Note = desk.Wording{} }, "error.notice.note"},
		{"of another body", next, &standing, func(n *desk.Notice) { n.Source = "Công an" }, "error.notice.other_source"},
		{"a number left out", next, &standing, func(n *desk.Notice) { n.Number = 3 }, "error.stale"},
		{"of another desk", next, &standing, func(n *desk.Notice) { n.DeskID = "other" }, "error.stale"},
		{"a first of what is out", notice(), &standing, func(*desk.Notice) {}, "error.stale"},
		{"an update of what is over", next, &over, func(*desk.Notice) {}, "error.notice.over"},
		{"an update of what was cancelled", next, &cancelled, func(*desk.Notice) {}, "error.notice.over"},
		{"an act that does not exist", notice(), nil, func(n *desk.Notice) { n.Act = "order" }, "error.stale"},
	} {
		n := c.from
		c.change(&n)
		if err := desk.CheckNotice(n, c.before, noon); key(err) != c.key {
			t.Errorf("%s: %v, want %q", c.name, err, c.key)
		}
	}
}

// TestNoticeExpires: a notice ends by the clock and by nothing else.
func TestNoticeExpires(t *testing.T) {
	n := notice()
	n.Issued, n.Published = noon, noon
	for _, c := range []struct {
		after           time.Duration
		standing, ahead bool
	}{
		{-time.Microsecond, false, true},
		{0, true, true},
		{6*time.Hour - 1, true, true},
		{6 * time.Hour, true, false},
		{12*time.Hour - 1, true, false},
		{12 * time.Hour, false, false},
		{1000 * time.Hour, false, false},
	} {
		at := noon.Add(c.after)
		if n.Standing(at) != c.standing || n.Ahead(at) != c.ahead || (n.State(at) == desk.NoticeStanding) != c.standing {
			t.Errorf("after %s: standing %v, ahead %v", c.after, n.Standing(at), n.Ahead(at))
		}
	}
	n.Act = desk.CancelNotice
	if n.Standing(noon) {
		t.Error("a cancelled notice stands")
	}
}

// TestNoticeBytes: what two members agree on is every word of it.
func TestNoticeBytes(t *testing.T) {
	n := notice()
	n.Alert = &desk.Alert{Identifier: "a", Sent: noon, Event: "Lũ", SHA256: strings.Repeat("0", 64)}
	n.Note, n.Named = desk.Wording{EN: "why"}, true
	b := desk.NoticeBytes(n)
	got, err := desk.ReadNotice(b)
	n.SHA256 = desk.HashBytes(b)
	if diff := cmp.Diff(n, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	const want = `{"desk":"own","notice":"notice0000000001","number":1,"act":"issue","kind":"power","vi":{"what":"Ngừng cấp điện","where":"Xã Đồng Hạ","todo":"Sạc sẵn đèn pin."},` +
		`"en":{"what":"","where":"","todo":""},"source":"Điện lực Hải Lam","source_url":"https://dienluc.example/lich","contact":"1900 1234","from":1796061600,"until":1796083200,` +
		`"note_vi":"","note_en":"","alert":null,"named":false}`
	if got := string(desk.NoticeBytes(notice())); got != want {
		t.Errorf("the bytes became\n%s, were\n%s", got, want)
	}
	if _, err := desk.ReadNotice([]byte("{")); desk.KindOf(err) != desk.Internal {
		t.Error(err)
	}
}

func TestNoticeText(t *testing.T) {
	n := notice()
	for tag, want := range map[string]string{"vi": "vi", "en": "vi"} {
		if _, in := n.Text(tag); in != want {
			t.Errorf("%s: in %s", tag, in)
		}
	}
	n.EN = n.VI
	if _, in := n.Text("en"); in != "en" {
		t.Error("English is not taken")
	}
}

// TestNoticeListIsClosed pins what the readme promises.
func TestNoticeListIsClosed(t *testing.T) {
	want := []desk.NoticeKind{"weather", "water", "power", "transport", "health_hours", "opening_hours", "recall", "road"}
	if diff := cmp.Diff(want, desk.NoticeKinds()); diff != "" {
		t.Error(diff)
	}
	for _, k := range want {
		if !k.Valid() {
			t.Errorf("%s is not valid", k)
		}
	}
	if desk.NoticeLife != 72*time.Hour || desk.NoticesStanding != 3 {
		t.Errorf("%s and %d, promised are 72 hours and 3", desk.NoticeLife, desk.NoticesStanding)
	}
}
