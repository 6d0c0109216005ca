package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"sangto/internal/catalog"
	"sangto/internal/desk"
	"sangto/internal/record"
)

// Record is the public record of what the desks of this installation did.
// *record.Log is one.
type Record interface {
	Checkpoint() ([]byte, error)
	Tile(path string) ([]byte, error)
	Key() []byte
	Policy() []byte
	Content(ctx context.Context, index int64) (text string, why record.Absence, err error)
	Proof(ctx context.Context, index int64) ([]byte, error)
	Place(ctx context.Context, checkID string, number int) (record.Place, error)
	State() (record.State, error)
}

// How long the files of the record may be kept. A tile never changes; the
// checkpoint is soon another one.
const (
	cacheTile       = "public, max-age=31536000, immutable"
	cacheCheckpoint = "public, max-age=5"
)

const plainType = "text/plain; charset=utf-8"

func (s *Site) sendRecord(v *visit, contentType, cache string, b []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", contentType)
	if cache != "" {
		h.Set("Cache-Control", cache)
	}
	_, err := v.w.Write(b)
	return clientGone(err)
}

func (s *Site) logCheckpoint(v *visit) error {
	if s.record == nil {
		return notFound("read the record")
	}
	b, err := s.record.Checkpoint()
	if err != nil {
		return err
	}
	return s.sendRecord(v, plainType, cacheCheckpoint, b)
}

// logTile answers with a tile of hashes or a bundle of entries.
func (s *Site) logTile(v *visit) error {
	if s.record == nil {
		return notFound("read the record")
	}
	b, err := s.record.Tile("tile/" + v.r.PathValue("path"))
	if err != nil {
		return err
	}
	return s.sendRecord(v, "application/octet-stream", cacheTile, b)
}

func (s *Site) logKey(v *visit) error {
	if s.record == nil {
		return notFound("read the record")
	}
	return s.sendRecord(v, plainType, "", s.record.Key())
}

func (s *Site) logPolicy(v *visit) error {
	if s.record == nil {
		return notFound("read the record")
	}
	return s.sendRecord(v, plainType, "", s.record.Policy())
}

// leafIndex reads the one spelling of an index.
func leafIndex(word string) (int64, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == word
}

// logContent answers with the words behind a leaf. Words that an order withholds
// are told from words that were erased; neither is told from the other pages of
// the site by whoever may not read them.
func (s *Site) logContent(v *visit) error {
	index, ok := leafIndex(v.r.PathValue("index"))
	if s.record == nil || !ok {
		return notFound("read the record")
	}
	text, why, err := s.record.Content(v.r.Context(), index)
	if err != nil {
		return err
	}
	switch why {
	case record.Withheld:
		return s.logAbsent(v, http.StatusUnavailableForLegalReasons, "withheld by an order: see the leaf of the kind withhold_order\n")
	case record.Erased:
		return s.logAbsent(v, http.StatusGone, "erased: see the leaf of the kind erase_personal\n")
	}
	return s.sendRecord(v, "application/json; charset=utf-8", "", []byte(text))
}

// logAbsent speaks to programs, in one language.
func (s *Site) logAbsent(v *visit, status int, text string) error {
	v.w.Header().Set("Content-Type", plainType)
	v.w.WriteHeader(status)
	_, err := v.w.Write([]byte(text))
	return clientGone(err)
}

// proofEnd is the end of the name of a proof file.
const proofEnd = ".tlog-proof"

func (s *Site) logProof(v *visit) error {
	name := v.r.PathValue("file")
	word, isProof := strings.CutSuffix(name, proofEnd)
	index, ok := leafIndex(word)
	if s.record == nil || !ok || !isProof {
		return notFound("read the record")
	}
	b, err := s.record.Proof(v.r.Context(), index)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return s.sendRecord(v, plainType, "", b)
}

// recordedView says on a check's page where the version stands in the record.
type recordedView struct {
	Leaf                   string
	BodyH                  string
	Where, State           string
	Proof, Entry, Explains string
}

// recorded finds the version shown in the record; nil for a check of another
// desk and where there is no record.
func (s *Site) recorded(v *visit, d *checkView, p catalog.Page) (*recordedView, error) {
	if s.record == nil || p.Check.Imported() {
		return nil, nil
	}
	at, err := s.record.Place(v.r.Context(), p.Check.ID, p.Shown.Number)
	if desk.KindOf(err) == desk.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &recordedView{
		Leaf: strconv.FormatInt(at.Leaf, 10), BodyH: at.BodyH, Where: d.T("record.where", "Leaf", int(at.Leaf)), Explains: d.Link("/record"),
	}
	switch {
	case !at.Signed:
		out.State = d.T("record.unsigned")
	case at.Asked == 0:
		out.State = d.T("record.alone")
	case at.Quorum:
		out.State = d.T("record.witnessed", "Count", len(at.Witnesses), "Names", strings.Join(at.Witnesses, ", "))
	default:
		out.State = d.T("record.waiting")
	}
	if at.Signed {
		out.Proof = "/log/proof/" + out.Leaf + proofEnd
	}
	out.Entry = "/log/content/" + out.Leaf
	if p.Withheld || p.Shown.Erased {
		out.Entry = ""
	}
	return out, nil
}

// recordPage explains the record and says how it stands.
func (s *Site) recordPage(v *visit) error {
	d := s.prose(v, "/record", "record.title", "record.lead")
	if s.record != nil {
		if err := s.recordState(d); err != nil {
			return err
		}
	}
	d.add("means", "record.means", d.items("record.means.1", "record.means.2", "record.means.3", "record.means.4", "record.means.5")...)
	d.add("cannot", "record.cannot", d.items(
		"record.cannot.1", "record.cannot.2", "record.cannot.3", "record.cannot.4", "record.cannot.5")...)
	d.add("never", "record.never", d.items("record.never.1", "record.never.2")...)
	d.add("words", "record.words", d.items("record.words.1", "record.words.2", "record.words.3")...)
	verify := d.add("verify", "record.verify", append(d.items("record.verify.1", "record.verify.2"), d.A("record.verify.3", "/data/"))...)
	if s.public != nil {
		verify.Code = "sangto verify " + s.public.String()
	}
	return s.reply(v, http.StatusOK, d)
}

// recordState adds the section that says how the record stands now.
func (s *Site) recordState(d *proseView) error {
	state, err := s.record.State()
	if err != nil {
		return err
	}
	keys := []link{{Linked: d.L("record.now.size", "Count", int(state.Size), "Origin", state.Origin)}}
	switch {
	case state.Asked == 0:
		keys = append(keys, d.items("record.now.alone")...)
	case state.Quorum && len(state.Witnesses) > 0:
		keys = append(keys, link{Linked: d.L("record.now.witnessed", "Names", strings.Join(state.Witnesses, ", "))})
	default:
		keys = append(keys, d.items("record.now.waiting")...)
	}
	if state.Refused {
		keys = append(keys, d.items("record.now.refused")...)
	}
	at := func(key, path string) link {
		l := link{Linked: d.L(key)}
		l.Href = path
		return l
	}
	keys = append(keys, at("record.now.checkpoint", "/log/checkpoint"), at("record.now.key", "/log/key"), at("record.now.policy", "/log/policy"))
	now := d.add("now", "record.now", keys...)
	now.Code = state.Root
	return nil
}
