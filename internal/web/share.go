package web

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/gate"
	"sangto/internal/lang"
	"sangto/internal/publish"
)

// shareRoutes are the other forms of a check: all of its newest version, and
// of a withheld check nothing but that it is withheld.
func shareRoutes() []Route {
	get := func(pattern string, h handler) Route {
		return Route{Method: http.MethodGet, Pattern: pattern, Class: gate.Page, Lane: gate.PageLane, Laned: true, handle: h}
	}
	return []Route{
		get("/c/{id}/card.png", drawn("wide", publish.Wide())),
		get("/c/{id}/card-square.png", drawn("square", publish.Square())),
		get("/c/{id}/sms.txt", (*Site).message),
		get("/c/{id}/aloud.txt", (*Site).aloud),
		get("/c/{id}/sheet", (*Site).sheet),
	}
}

// ends are the words that no readable end of a check's address may be, because
// something else stands there.
func ends() []string { return []string{"contest", "embed", "sheet"} }

// finding reads a check and puts it into words.
func (s *Site) finding(v *visit) (catalog.Page, publish.Finding, error) {
	p, err := s.catalog.Check(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return p, publish.Finding{}, err
	}
	return p, s.findingOf(v.words, p), nil
}

func (s *Site) findingOf(words *lang.Words, p catalog.Page) publish.Finding {
	return publish.NewFinding(words, p.Check, p.Desk, p.Shown, s.absolute(href(words.Tag(), "/c/"+p.Check.ID)))
}

// drawn answers with the share card of a shape.
func drawn(name string, shape publish.Shape) handler {
	return func(s *Site, v *visit) error {
		p, f, err := s.finding(v)
		if err != nil {
			return err
		}
		card, err := s.drawings.get(v.r.Context(), name+"/"+v.words.Tag()+"/"+p.Check.ID, f, func() ([]byte, error) {
			return s.printer.Card(v.words, f, shape)
		})
		if err != nil {
			return err
		}
		v.w.Header().Set("Content-Type", "image/png")
		v.w.Header().Set("Etag", card.tag)
		_, err = v.w.Write(card.png)
		return clientGone(err)
	}
}

// message answers with both short messages, each on a line of its own for
// whoever copies one, and below them what they have no room for.
func (s *Site) message(v *visit) error {
	_, f, err := s.finding(v)
	if err != nil {
		return err
	}
	m := publish.NewMessage(f)
	septets, _ := publish.Septets(m.Plain)
	return sendText(v.w, "", m.Plain+"\n"+m.Full+"\n\n"+
		v.words.T("share.sms_plain", "Count", septets, "Max", publish.SeptetsMax)+"\n"+
		v.words.T("share.sms_full", "Count", publish.Units(m.Full), "Max", publish.UnitsMax)+"\n\n"+colophon(f))
}

// aloud answers with the text to be read out, in the language of the check.
func (s *Site) aloud(v *visit) error {
	p, _, err := s.finding(v)
	if err != nil {
		return err
	}
	if why := publish.AloudRefused(s.speech, p.Check, p.Shown); why != publish.AloudOffered {
		return &desk.Error{Kind: desk.NotFound, Op: "write read-aloud text", Key: "share.aloud_none." + string(why)}
	}
	own := s.lang.For(p.Check.Lang)
	f := s.findingOf(own, p)
	a := publish.NewAloud(s.speech, own, f, p.Shown.ToDo)
	return sendText(v.w, a.Tag, own.T("share.say.time", "Count", a.Seconds)+"\n\n"+a.Text+"\n\n"+f.Address+"\n")
}

// colophon says who speaks, as every output of a check does.
func colophon(f publish.Finding) string {
	var lines []string
	for _, l := range []string{f.Desk, f.Owner, f.Funders, f.Dated, f.Address, "", f.Fixed} {
		if l != "" || len(lines) > 0 {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// sendText answers with plain text, in a language where it is not the path's.
func sendText(w http.ResponseWriter, tag, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if tag != "" {
		w.Header().Set("Content-Language", tag)
	}
	_, err := w.Write([]byte(text))
	return clientGone(err)
}

// sheetView is the page that is printed for a notice board.
type sheetView struct {
	frame
	Card    card
	Lang    string
	Finding publish.Finding
	Sources []publish.SheetSource
	More    string
	QR      publish.QR
	Back    string
}

func (sheetView) template() string { return "sheet" }

func (s *Site) sheet(v *visit) error {
	p, f, err := s.finding(v)
	if err != nil {
		return err
	}
	d := &sheetView{
		frame: s.newFrame(v.words, s.site(v.r.Context()), "/c/"+p.Check.ID+"/sheet"),
		Card:  newCard(v.words, p.Entry, p.Shown, nil), Finding: f, Back: checkPath(p.Check.ID, title(p.Shown)),
	}
	d.Lang, d.PageClass, d.NoIndex = d.Card.Lang, "sheet", true
	d.Title = d.T("share.sheet_title", "Title", d.Card.Title)
	if !f.Gone {
		var more int
		if d.Sources, more = publish.SheetSources(v.words, p.Shown); more > 0 {
			d.More = d.T("share.sheet_more", "Count", more)
		}
	}
	if f.Address != "" {
		if d.QR, err = publish.NewQR(f.Address); err != nil {
			return err
		}
	}
	s.switchLink(&d.frame)
	return s.reply(v, http.StatusOK, d)
}

// shareView leads to the other forms of a check.
type shareView struct {
	Links []menuItem
	// NoAloud says why there is no text to read aloud.
	NoAloud string
}

// shareOf lists the other forms of a check, for its page.
func (s *Site) shareOf(words *lang.Words, p catalog.Page) *shareView {
	at := func(key, name string) menuItem {
		return menuItem{Label: words.T(key), Href: href(words.Tag(), "/c/"+p.Check.ID+"/"+name)}
	}
	d := &shareView{Links: []menuItem{
		at("share.card", "card.png"), at("share.square", "card-square.png"), at("share.sms", "sms.txt"), at("share.sheet", "sheet"),
	}}
	if why := publish.AloudRefused(s.speech, p.Check, p.Shown); why != publish.AloudOffered {
		d.NoAloud = words.T("share.aloud_none." + string(why))
		return d
	}
	d.Links = append(d.Links, at("share.aloud", "aloud.txt"))
	return d
}

// drawingsMax bounds the memory of all cards together, in bytes: about five
// hundred of them.
const drawingsMax = 32 << 20

// drawings are the share cards drawn lately, at most one for each check, shape
// and language, so that what a check no longer says is drawn over and not kept.
// They live in memory: a folder would hold the words of a check after an order
// or an erasure took them away.
type drawings struct {
	mu     sync.Mutex
	byName map[string]*list.Element // of *drawing
	recent *list.List               // the last asked for in front
	bytes  int
	// places bounds how many are drawn at a time, waiting how many wait: a card
	// is all computing, and look-ups come first.
	places  chan struct{}
	waiting int
}

// drawing is one card; done is closed when it is there or has failed.
type drawing struct {
	name string
	of   [32]byte
	done chan struct{}
	png  []byte
	tag  string
	err  error
}

// drawersWaiting is how many cards may wait to be drawn.
const drawersWaiting = 32

func newDrawings() *drawings {
	return &drawings{
		byName: map[string]*list.Element{}, recent: list.New(), places: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
}

// get returns the card called name of a finding, drawing it unless it is there.
// Whoever asks for one that is being drawn waits for it. It fails with
// Unavailable if too many wait.
func (d *drawings) get(ctx context.Context, name string, f publish.Finding, draw func() ([]byte, error)) (*drawing, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	of := sha256.Sum256(raw)
	one, mine, err := d.claim(name, of)
	if err != nil {
		return nil, err
	}
	if mine {
		d.fill(ctx, one, draw)
	}
	select {
	case <-one.done:
		return one, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// claim finds the drawing, or makes room for a new one that is the caller's to
// fill.
func (d *drawings) claim(name string, of [32]byte) (one *drawing, mine bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.byName[name]; e != nil {
		if one := e.Value.(*drawing); one.of == of {
			d.recent.MoveToFront(e)
			return one, false, nil
		}
		d.drop(e)
	}
	if d.waiting == drawersWaiting {
		return nil, false, &desk.Error{Kind: desk.Unavailable, Op: "draw card", Key: "error.rate.busy"}
	}
	d.waiting++
	one = &drawing{name: name, of: of, done: make(chan struct{})}
	d.byName[name] = d.recent.PushFront(one)
	return one, true, nil
}

// fill draws, keeps what came of it and forgets what is over the limit. A
// failure is not kept.
func (d *drawings) fill(ctx context.Context, one *drawing, draw func() ([]byte, error)) {
	select {
	case d.places <- struct{}{}:
		one.png, one.err = draw()
		<-d.places
	case <-ctx.Done():
		one.err = &desk.Error{Kind: desk.Unavailable, Op: "draw card", Key: "error.rate.busy", Err: ctx.Err()}
	}
	sum := sha256.Sum256(one.png)
	one.tag = `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting--
	close(one.done)
	e := d.byName[one.name]
	if e == nil || e.Value.(*drawing) != one {
		return
	}
	if one.err != nil {
		d.drop(e)
		return
	}
	d.bytes += len(one.png)
	for d.bytes > drawingsMax && d.recent.Len() > 1 {
		d.drop(d.recent.Back())
	}
}

func (d *drawings) drop(e *list.Element) {
	one := d.recent.Remove(e).(*drawing)
	delete(d.byName, one.name)
	select {
	case <-one.done:
		d.bytes -= len(one.png)
	default: // it is being drawn, and was not counted
	}
}
