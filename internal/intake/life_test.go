package intake_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sangto/internal/desk"
)

// act names what somebody did to a desk.
type act string

const (
	asking      act = "ask"
	tracking    act = "track"
	withdrawing act = "withdraw"
	listing     act = "list"
	wording     act = "word"
	declining   act = "decline"
	reopening   act = "reopen"
	binning     act = "bin"
	unbinning   act = "take out of the bin"
	joining     act = "join"
	splitting   act = "split"
	reloading   act = "reload"
	dawning     act = "next day"
	ticking     act = "tick"
)

// call is an act with what it is about.
type call struct {
	act act
	// form and said are numbers: of a form, and of the words sent with it. Two
	// neighbours, 0 and 1, 2 and 3, say one thing in different words.
	form, said int
	// claim and head are keys of claims, as a list showed them.
	claim, head string
	wording     string
	as          desk.NotRatedKind
}

// outcome is what came back.
type outcome struct {
	// refused is why nothing was done, "" if it was.
	refused             string
	code                string
	repeated, different bool
	shown               shown
	ran                 bool
	rows                []row
}

// shown is what a receipt opens.
type shown struct {
	state   desk.ClaimState
	wording string
	as      desk.NotRatedKind
}

// row is an open claim as a member sees it; said is -1 without words.
type row struct {
	id      string
	state   desk.ClaimState
	head    string
	said    int
	wording string
	asked   int
}

const (
	missing = "not found"
	moved   = "conflict"
)

// life is the model: the questions of one history and the claims they stand
// under, as TRUST.md means them, one act after the other. It is a value; steps
// return another.
type life struct {
	today, ticked int
	forms         []askedForm
	claims        []claimLife
}

// askedForm is what is kept of a form; claim is -1 for nothing.
type askedForm struct {
	claim, said int
	code        string
	// words says that its words are still there.
	words bool
}

type claimLife struct {
	// id is "" until a list shows it.
	id       string
	topic    int
	now      shown
	receipts shown
	// head is the claim it was joined to, -1 for none.
	head             int
	asked            int
	binned, reopened bool
	// found says that the program must find it for whoever says the same: it has
	// been open since it was opened, and its words are those of its first asker,
	// or the desk's. One that was closed in between, or has the words of its parts
	// alone, is found or not, by when the program last looked.
	found bool
}

func (c claimLife) open() bool { return c.now.state == desk.Waiting || c.now.state == desk.Checking }

func newLife(forms int) life {
	var l life
	for range forms {
		l.forms = append(l.forms, askedForm{claim: -1})
	}
	return l
}

func (l life) clone() life {
	l.forms, l.claims = slices.Clone(l.forms), slices.Clone(l.claims)
	return l
}

func (l life) equal(m life) bool {
	return l.today == m.today && l.ticked == m.ticked && slices.Equal(l.forms, m.forms) && slices.Equal(l.claims, m.claims)
}

// step returns every life that may follow when c ended with o, none if it
// cannot have.
func (l life) step(c call, o outcome) []life {
	next := l.clone()
	ok := true
	switch c.act {
	case asking:
		return l.ask(c, o)
	case tracking:
		f := l.forms[c.form]
		if f.claim < 0 {
			ok = o.refused == missing
		} else {
			ok = o.refused == "" && o.shown == l.claims[f.claim].receipts
		}
	case withdrawing:
		if l.forms[c.form].claim < 0 {
			ok = o.refused == missing
		} else {
			ok = o.refused == ""
			next.withdraw(c.form)
		}
	case listing:
		ok = o.refused == "" && next.bind(o.rows)
	case reloading:
		ok = o.refused == ""
	case dawning:
		ok = o.refused == ""
		next.today++
	case ticking:
		ok = o.refused == "" && o.ran == (l.ticked < l.today)
		if ok && o.ran {
			next.tick()
		}
	default:
		ok = next.member(c) == o.refused
	}
	if !ok {
		return nil
	}
	return []life{next}
}

// ask keeps a form once: with the first words, under an open claim that asks
// the same, or under a new one where none must be found.
func (l life) ask(c call, o outcome) []life {
	if o.refused != "" {
		return nil
	}
	if f := l.forms[c.form]; f.claim >= 0 {
		if !o.repeated || o.different != (f.said != c.said) || o.code != f.code {
			return nil
		}
		return []life{l}
	}
	if o.repeated || o.different {
		return nil
	}
	var out []life
	must := false
	for i, k := range l.claims {
		if k.topic != c.said/2 {
			continue
		}
		must = must || k.found
		if !k.open() && k.head >= 0 {
			i = k.head
		}
		if l.claims[i].open() {
			out = append(out, l.joined(c, o, i))
		}
	}
	if !must {
		out = append(out, l.opened(c, o))
	}
	return out
}

func (l life) joined(c call, o outcome, claim int) life {
	next := l.clone()
	next.forms[c.form] = askedForm{claim: claim, said: c.said, code: o.code}
	next.claims[claim].asked++
	return next
}

func (l life) opened(c call, o outcome) life {
	next := l.clone()
	next.forms[c.form] = askedForm{claim: len(l.claims), said: c.said, code: o.code, words: true}
	waits := shown{state: desk.Waiting}
	next.claims = append(next.claims, claimLife{topic: c.said / 2, now: waits, receipts: waits, head: -1, asked: 1, found: true})
	return next
}

// said returns the words that are kept under a claim, -1 for none.
func (l *life) said(claim int) int {
	for _, f := range l.forms {
		if f.claim == claim && f.words {
			return f.said
		}
	}
	return -1
}

func (l *life) withdraw(form int) {
	claim := l.forms[form].claim
	c := &l.claims[claim]
	c.asked--
	c.found = c.found && !l.forms[form].words
	l.forms[form] = askedForm{claim: -1}
	if c.head >= 0 {
		claim = c.head
	}
	l.closeWordless(func(i int) bool { return i == claim })
}

// closeWordless closes those of some claims that wait for a wording that nobody
// could make.
func (l *life) closeWordless(some func(claim int) bool) {
	for i, c := range l.claims {
		if !some(i) || c.now.state != desk.Waiting || c.head >= 0 || c.reopened || l.said(i) >= 0 {
			continue
		}
		if !slices.ContainsFunc(l.parts(i), func(p int) bool { return l.said(p) >= 0 }) {
			l.close(i, "")
		}
	}
}

// parts are the claims that were joined to one and still wait.
func (l *life) parts(head int) (out []int) {
	for i, c := range l.claims {
		if c.head == head && c.now.state == desk.Waiting {
			out = append(out, i)
		}
	}
	return out
}

// settle ends what no longer waits: its words go, its parts end, and their
// receipts follow it.
func (l *life) settle(claim int) {
	for i := range l.forms {
		if l.forms[i].claim == claim {
			l.forms[i].words = false
		}
	}
	for _, p := range l.parts(claim) {
		for i := range l.forms {
			if l.forms[i].claim == p {
				l.forms[i].claim, l.forms[i].words = claim, false
			}
		}
		l.claims[claim].asked += l.claims[p].asked
		part := &l.claims[p]
		part.asked, part.now.state, part.found = 0, desk.Closed, false
	}
}

func (l *life) close(claim int, as desk.NotRatedKind) {
	c := &l.claims[claim]
	c.now.state, c.now.as, c.found = desk.Closed, as, false
	l.settle(claim)
}

// tick shows receipts what the desk has done.
func (l *life) tick() {
	l.closeWordless(func(int) bool { return true })
	for i := range l.claims {
		l.claims[i].receipts = l.claims[i].now
	}
	l.ticked = l.today
}

// member does what a member does to a claim and returns why not.
func (l *life) member(c call) (refused string) {
	i, head := l.claim(c.claim), l.claim(c.head)
	if i < 0 || c.head != "" && head < 0 {
		return "a claim that no list showed"
	}
	k := &l.claims[i]
	waits, alone := k.now.state == desk.Waiting, k.head < 0
	switch {
	case c.act == wording && waits && alone:
		k.now.state, k.now.wording = desk.Checking, c.wording
		l.settle(i)
	case c.act == declining && k.open() && alone:
		l.close(i, c.as)
	case c.act == reopening && k.now.state == desk.Closed && alone && !k.binned:
		k.now.state, k.now.as, k.reopened = desk.Checking, "", true
		if k.now.wording == "" {
			k.now.state = desk.Waiting
		}
	case c.act == binning && waits && alone:
		for _, p := range l.parts(i) {
			l.claims[p].head = -1
		}
		k.now.state, k.binned, k.found = desk.Closed, true, false
	case c.act == unbinning && k.binned:
		k.now.state, k.binned = desk.Waiting, false
	case c.act == splitting && waits && !alone:
		k.head = -1
	case c.act == joining && waits && alone:
		return l.join(i, head)
	default:
		return moved
	}
	return ""
}

func (l *life) join(part, head int) (refused string) {
	if h := l.claims[head].head; h >= 0 {
		head = h
	}
	if part == head || !l.claims[head].open() || l.claims[head].head >= 0 {
		return moved
	}
	for _, p := range l.parts(part) {
		l.claims[p].head = head
	}
	l.claims[part].head = head
	if l.claims[head].now.state != desk.Waiting {
		l.settle(head)
	}
	return ""
}

func (l *life) claim(id string) int {
	return slices.IndexFunc(l.claims, func(c claimLife) bool { return id != "" && c.id == id })
}

// bind demands that a list shows the open claims and no others, each once, and
// learns their keys.
func (l *life) bind(rows []row) bool {
	open := 0
	for _, c := range l.claims {
		if c.open() {
			open++
		}
	}
	if open != len(rows) {
		return false
	}
	for _, r := range rows {
		i := l.claim(r.id)
		if i < 0 {
			i = slices.IndexFunc(l.claims, func(c claimLife) bool { return c.id == "" && c.open() && c.topic == r.said/2 })
		}
		if i < 0 {
			return false
		}
		c := &l.claims[i]
		c.id = r.id
		head := ""
		if c.head >= 0 {
			head = l.claims[c.head].id
		}
		if r != (row{id: c.id, state: c.now.state, head: head, said: l.said(i), wording: c.now.wording, asked: c.asked}) {
			return false
		}
	}
	return true
}

// patience is how long one history may be judged.
const patience = time.Minute

// judge says what is wrong with a history, "" for nothing: whether there is an
// order of its acts, each somewhere between its call and its return, in which a
// desk that does one thing at a time gives the same answers.
func judge(forms int, history []porcupine.Operation) (wrong string) {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{newLife(forms)} },
		Step: func(state, input, output any) []any {
			var out []any
			for _, l := range state.(life).step(input.(call), output.(outcome)) {
				out = append(out, l)
			}
			return out
		},
		Equal: func(a, b any) bool { return a.(life).equal(b.(life)) },
	}
	switch result, info := porcupine.CheckOperationsVerbose(model.ToModel(), history, patience); result {
	case porcupine.Ok:
		return ""
	case porcupine.Unknown:
		return "no judgement within " + patience.String()
	default:
		return tell(history, longest(info))
	}
}

// longest is the longest order that can be.
func longest(info porcupine.LinearizationInfo) (best []porcupine.Operation) {
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(best) {
				best = order
			}
		}
	}
	return best
}

// tell writes a history for people: what was called and answered when and by
// whom, and how far an order can be found.
func tell(history, order []porcupine.Operation) string {
	place := map[int64]int{}
	for i, op := range order {
		place[op.Call] = i + 1
	}
	history = slices.Clone(history)
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	b.WriteString("no order of these acts, each between its call and its return, gives these answers.\n")
	b.WriteString("  order | call-return | who | act -> answer; the longest order that can be is numbered\n")
	for _, op := range history {
		at := "-"
		if n := place[op.Call]; n > 0 {
			at = fmt.Sprint(n)
		}
		fmt.Fprintf(&b, "  %5s | %4d-%-6d | %3d | %v -> %v\n", at, op.Call, op.Return, op.ClientId, op.Input, op.Output)
	}
	return b.String()
}

func (c call) String() string {
	switch c.act {
	case asking:
		return fmt.Sprintf("ask form %d, words %d", c.form, c.said)
	case tracking, withdrawing:
		return fmt.Sprintf("%s form %d", c.act, c.form)
	}
	about := strings.Join(slices.DeleteFunc([]string{c.claim, c.head, c.wording, string(c.as)}, func(s string) bool { return s == "" }), ", ")
	return strings.TrimSpace(string(c.act) + " " + about)
}

func (o outcome) String() string {
	var b strings.Builder
	if o.refused != "" {
		b.WriteString(o.refused)
	} else {
		b.WriteString("done")
	}
	if o.code != "" {
		fmt.Fprintf(&b, ", receipt %s…, repeated %v, different %v", o.code[:min(len(o.code), 4)], o.repeated, o.different)
	}
	if o.shown != (shown{}) {
		fmt.Fprintf(&b, ", shows %+v", o.shown)
	}
	if o.ran {
		b.WriteString(", showed receipts what was done")
	}
	for _, r := range o.rows {
		fmt.Fprintf(&b, ", %+v", r)
	}
	return b.String()
}

// TestJudgeKnowsRightFromWrong gives the judge of histories some that must be
// and some that must never be. Numbers are times: an act from 1 to 4 and one
// from 2 to 3 were under way at once.
func TestJudgeKnowsRightFromWrong(t *testing.T) {
	t.Parallel()
	const done = ""
	op := func(from, to int64, c call, o outcome) porcupine.Operation {
		return porcupine.Operation{ClientId: int(from), Input: c, Call: from, Output: o, Return: to}
	}
	ask := func(from, to int64, form, said int) porcupine.Operation {
		return op(from, to, call{act: asking, form: form, said: said}, outcome{code: fmt.Sprint("code ", form)})
	}
	again := func(from, to int64, form, said int, different bool) porcupine.Operation {
		return op(from, to, call{act: asking, form: form, said: said}, outcome{code: fmt.Sprint("code ", form), repeated: true, different: different})
	}
	track := func(from, to int64, form int, s shown) porcupine.Operation {
		return op(from, to, call{act: tracking, form: form}, outcome{shown: s})
	}
	nothing := func(from, to int64, form int) porcupine.Operation {
		return op(from, to, call{act: tracking, form: form}, outcome{refused: missing})
	}
	withdraw := func(from, to int64, form int, refused string) porcupine.Operation {
		return op(from, to, call{act: withdrawing, form: form}, outcome{refused: refused})
	}
	list := func(from, to int64, rows ...row) porcupine.Operation {
		return op(from, to, call{act: listing}, outcome{rows: rows})
	}
	do := func(from, to int64, a act, id, refused string) porcupine.Operation {
		return op(from, to, call{act: a, claim: id, wording: "w", as: desk.Opinion}, outcome{refused: refused})
	}
	join := func(from, to int64, id, head string) porcupine.Operation {
		return op(from, to, call{act: joining, claim: id, head: head}, outcome{})
	}
	dawn := func(at int64) porcupine.Operation { return op(at, at, call{act: dawning}, outcome{}) }
	tick := func(from, to int64, ran bool) porcupine.Operation {
		return op(from, to, call{act: ticking}, outcome{ran: ran})
	}
	waits := shown{state: desk.Waiting}
	checked := shown{state: desk.Checking, wording: "w"}
	closed := shown{state: desk.Closed}
	wait := func(id string, said, asked int) row {
		return row{id: id, state: desk.Waiting, said: said, asked: asked}
	}
	part := func(id, head string, said, asked int) row {
		return row{id: id, state: desk.Waiting, head: head, said: said, asked: asked}
	}
	check := func(id string, asked int) row {
		return row{id: id, state: desk.Checking, said: -1, wording: "w", asked: asked}
	}
	// worded is a question whose claim was listed and worded, by the time 6.
	worded := []porcupine.Operation{ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, wording, "a", done)}
	after := func(more ...porcupine.Operation) []porcupine.Operation { return append(slices.Clone(worded), more...) }

	for name, right := range map[string][]porcupine.Operation{
		"nothing":                           {},
		"asked and tracked":                 {ask(1, 2, 0, 0), track(3, 4, 0, waits)},
		"tracked while it is asked, before": {ask(1, 4, 0, 0), nothing(2, 3, 0)},
		"tracked while it is asked, after":  {ask(1, 4, 0, 0), track(2, 3, 0, waits)},
		"one form sent twice at once":       {ask(1, 4, 0, 0), again(2, 3, 0, 0, false)},
		"other words with the same form":    {ask(1, 2, 0, 0), again(3, 4, 0, 2, true), list(5, 6, wait("a", 0, 1))},
		"two who ask the same":              {ask(1, 2, 0, 0), ask(3, 4, 1, 1), list(5, 6, wait("a", 0, 2))},
		"two things":                        {ask(1, 2, 0, 0), ask(3, 4, 1, 2), list(5, 6, wait("a", 0, 1), wait("b", 2, 1))},
		"withdrawn":                         {ask(1, 2, 0, 0), withdraw(3, 4, 0, done), nothing(5, 6, 0), withdraw(7, 8, 0, missing), list(9, 10)},
		"tracked while it is withdrawn":     {ask(1, 2, 0, 0), withdraw(3, 6, 0, done), track(4, 5, 0, waits)},
		"worded, and seen after the tick":   after(track(7, 8, 0, waits), dawn(9), tick(10, 11, true), track(12, 13, 0, checked)),
		"worded once by two at once":        {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 8, wording, "a", done), do(6, 7, wording, "a", moved)},
		"worded words withdrawn by nobody":  after(list(7, 8, check("a", 1)), ask(9, 10, 1, 0), list(11, 12, check("a", 2))),
		"the words withdrawn under another": {ask(1, 2, 0, 0), ask(3, 4, 1, 0), withdraw(5, 6, 0, done), track(7, 8, 1, waits), dawn(9), tick(10, 11, true), track(12, 13, 1, closed)},
		"taken out of the bin after its asker left, until the day is over": {
			ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, binning, "a", done), withdraw(7, 8, 0, done), do(9, 10, unbinning, "a", done),
			ask(11, 12, 1, 2), withdraw(13, 14, 1, done), list(15, 16, wait("a", -1, 0)), dawn(17), tick(18, 19, true), list(20, 21),
		},
		"binned and taken out, words and all": {
			ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, binning, "a", done), list(7, 8), do(9, 10, unbinning, "a", done), list(11, 12, wait("a", 0, 1)),
		},
		"refused and taken up, words gone": {
			ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, declining, "a", done), do(7, 8, reopening, "a", done), list(9, 10, wait("a", -1, 1)),
		},
		"joined, and the receipt follows": {
			ask(1, 2, 0, 0), ask(3, 4, 1, 2), list(5, 6, wait("a", 0, 1), wait("b", 2, 1)), join(7, 8, "b", "a"), list(9, 10, wait("a", 0, 1), part("b", "a", 2, 1)),
			do(11, 12, wording, "a", done), list(13, 14, check("a", 2)), dawn(15), tick(16, 17, true), track(18, 19, 1, checked),
		},
		"a second tick of the day": {dawn(1), tick(2, 3, true), tick(4, 5, false)},
	} {
		if wrong := judge(2, right); wrong != "" {
			t.Errorf("%s is taken for wrong:\n%s", name, wrong)
		}
	}

	for name, wrong := range map[string][]porcupine.Operation{
		"a form kept twice":                        {ask(1, 2, 0, 0), ask(3, 4, 0, 0)},
		"a form kept twice at once":                {ask(1, 4, 0, 0), ask(2, 3, 0, 0)},
		"a form counted twice":                     {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 2))},
		"a repeat of nothing":                      {again(1, 2, 0, 0, false)},
		"another receipt for the same form":        {ask(1, 2, 0, 0), op(3, 4, call{act: asking}, outcome{code: "other", repeated: true})},
		"other words, and nobody says so":          {ask(1, 2, 0, 0), again(3, 4, 0, 2, false)},
		"the same words called different":          {ask(1, 2, 0, 0), again(3, 4, 0, 0, true)},
		"the second words kept":                    {ask(1, 2, 0, 0), again(3, 4, 0, 1, true), list(5, 6, wait("a", 1, 1))},
		"answered before it is kept":               {ask(1, 2, 0, 0), nothing(3, 4, 0), track(5, 6, 0, waits)},
		"lost":                                     {ask(1, 2, 0, 0), list(3, 4)},
		"tracked before it was asked":              {track(1, 2, 0, waits), ask(3, 4, 0, 0)},
		"seen, and then not":                       {ask(1, 8, 0, 0), track(2, 3, 0, waits), nothing(4, 5, 0)},
		"a receipt that opens after a withdrawal":  {ask(1, 2, 0, 0), withdraw(3, 4, 0, done), track(5, 6, 0, waits)},
		"withdrawn twice":                          {ask(1, 2, 0, 0), withdraw(3, 4, 0, done), withdraw(5, 6, 0, done)},
		"a withdrawal that is not believed":        {ask(1, 2, 0, 0), withdraw(3, 4, 0, missing)},
		"words left after a withdrawal":            {ask(1, 2, 0, 0), withdraw(3, 4, 0, done), list(5, 6, wait("a", 0, 0))},
		"a claim left without words":               {ask(1, 2, 0, 0), ask(3, 4, 1, 0), withdraw(5, 6, 0, done), list(7, 8, wait("a", -1, 1))},
		"somebody else's receipt taken along":      {ask(1, 2, 0, 0), ask(3, 4, 1, 0), withdraw(5, 6, 0, done), nothing(7, 8, 1)},
		"two claims for one thing":                 {ask(1, 2, 0, 0), ask(3, 4, 1, 1), list(5, 6, wait("a", 0, 1), wait("b", 1, 1))},
		"two claims for one thing, asked at once":  {ask(1, 4, 0, 0), ask(2, 3, 1, 1), list(5, 6, wait("a", 0, 1), wait("b", 1, 1))},
		"one claim for two things":                 {ask(1, 2, 0, 0), ask(3, 4, 1, 2), list(5, 6, wait("a", 0, 2))},
		"a claim under another key":                {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), list(5, 6, wait("b", 0, 1))},
		"shown before the tick":                    after(track(7, 8, 0, checked)),
		"shown at dawn":                            after(dawn(7), track(8, 9, 0, checked)),
		"not shown after the tick":                 after(dawn(7), tick(8, 9, true), track(10, 11, 0, waits)),
		"shown, and then not, during one tick":     after(dawn(7), tick(8, 15, true), track(9, 10, 0, checked), track(11, 12, 0, waits)),
		"a second tick of the day that did it":     {dawn(1), tick(2, 3, true), tick(4, 5, true)},
		"a tick of a new day that did nothing":     {dawn(1), tick(2, 3, false)},
		"worded twice":                             after(do(7, 8, wording, "a", done)),
		"worded by two at once":                    {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 8, wording, "a", done), do(6, 7, wording, "a", done)},
		"worded by nobody of two":                  {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 8, wording, "a", moved), do(6, 7, wording, "a", moved)},
		"worded after its words were withdrawn":    {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), withdraw(5, 6, 0, done), do(7, 8, wording, "a", done)},
		"words left after the wording":             after(list(7, 8, row{id: "a", state: desk.Checking, said: 0, wording: "w", asked: 1})),
		"another wording":                          after(list(7, 8, row{id: "a", state: desk.Checking, said: -1, wording: "v", asked: 1})),
		"a refusal taken back, and the words back": {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, declining, "a", done), do(7, 8, reopening, "a", done), list(9, 10, wait("a", 0, 1))},
		"taken out of the bin without its words":   {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, binning, "a", done), do(7, 8, unbinning, "a", done), list(9, 10, wait("a", -1, 1))},
		"worded in the bin":                        {ask(1, 2, 0, 0), list(3, 4, wait("a", 0, 1)), do(5, 6, binning, "a", done), do(7, 8, wording, "a", done)},
		"joined, and the receipt stays behind": {
			ask(1, 2, 0, 0), ask(3, 4, 1, 2), list(5, 6, wait("a", 0, 1), wait("b", 2, 1)), join(7, 8, "b", "a"),
			do(9, 10, wording, "a", done), dawn(11), tick(12, 13, true), track(14, 15, 1, closed),
		},
		"an act that failed": {op(1, 2, call{act: reloading}, outcome{refused: "unavailable"})},
	} {
		if judge(2, wrong) == "" {
			t.Errorf("%s is taken for right", name)
		}
	}
}
