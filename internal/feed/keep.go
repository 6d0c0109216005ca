package feed

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/url"
	"path"
	"slices"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/fetch"
	"sangto/internal/store"
	"sangto/internal/transfer"
)

// harvest is what one answer carried.
type harvest struct {
	items   map[string]desk.Day // the day of publication by check
	dropped int
	// cut says that some of the answer could not be read, so that what it lacks
	// is not known.
	cut bool
}

// keep imports an answer.
func (r *Reader) keep(ctx context.Context, f desk.Feed, page fetch.Page) (*harvest, error) {
	firstHand := map[string]bool{}
	if f.Mirror {
		err := r.db.View(ctx, func(tx *store.Tx) (err error) {
			firstHand, err = tx.FirstHand()
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	got := &harvest{items: map[string]desk.Day{}}
	in := transfer.Source{
		Name: nameOf(page.Address), Size: int64(len(page.Body)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(page.Body)), nil },
	}
	report, err := transfer.Import(ctx, r.db, []transfer.Source{in}, transfer.Options{
		Site: r.site, Keep: problems, Limits: exchange.Limits{Input: inputMax},
		Allow: allow(f, firstHand),
		Taken: func(item exchange.Item) { got.items[item.CheckID] = item.Published },
	})
	if err != nil {
		return nil, err
	}
	got.dropped = report.Dropped
	for _, reason := range unreadable() {
		got.cut = got.cut || report.Reasons[reason] > 0
	}
	return got, nil
}

// nameOf is the last part of an address, by which formats are told apart.
func nameOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// unreadable are the reasons of an import behind which there may be checks that
// were not seen.
func unreadable() []string {
	return []string{
		"import.reason.read", "import.reason.input_large", "import.reason.flood", "import.reason.broken", "import.reason.json", "import.reason.row",
		"import.reason.large", "import.reason.deep", "import.reason.tokens", "import.reason.twice", reasonMany,
	}
}

// compare says what to note after an answer: of every check it carries, that it
// is there; of those it lacks, since when. got is nil for an answer that is the
// one before. sure is false where the answer does not tell what it lacks.
//
// A feed may hold the newest checks only, so that the oldest slide out as new
// ones come in. What it lacks is therefore missed only if it cannot have slid
// out: it is newer than the oldest that is left, or more is lacking than came
// in. And one broken answer is no proof: what is missed is gone when a second
// whole answer lacks it too.
func compare(f *desk.Feed, before []desk.FeedItem, got *harvest, today desk.Day) (out []desk.FeedItem, sure bool) {
	if got == nil {
		for _, item := range before {
			if item.Missed != 0 && item.Gone == 0 {
				item.Gone = item.Missed
				out = append(out, item)
			}
		}
		return out, false
	}
	known := map[string]bool{}
	var lacking []desk.FeedItem
	for _, item := range before {
		known[item.CheckID] = true
		day, here := got.items[item.CheckID]
		switch {
		case here && (item.Missed != 0 || item.Slid || item.Published != day):
			out = append(out, desk.FeedItem{FeedID: f.ID, CheckID: item.CheckID, Published: day})
		case !here && item.Gone == 0 && !item.Slid:
			lacking = append(lacking, item)
		}
	}
	added := 0
	for id, day := range got.items {
		if !known[id] {
			added++
			out = append(out, desk.FeedItem{FeedID: f.ID, CheckID: id, Published: day})
		}
	}
	// An answer that could not be read whole says nothing of what it lacks, and
	// where more is refused than before, what is lacking may be refused.
	if got.cut || len(lacking) > 0 && got.dropped > f.Refused {
		return out, false
	}
	return append(out, absent(lacking, got, added, today)...), true
}

// absent tells what slid out of a feed of the newest from what is missed.
func absent(lacking []desk.FeedItem, got *harvest, added int, today desk.Day) []desk.FeedItem {
	oldest := desk.Day(0)
	for _, day := range got.items {
		if day != 0 && (oldest == 0 || day < oldest) {
			oldest = day
		}
	}
	slices.SortStableFunc(lacking, func(a, b desk.FeedItem) int { return cmp.Compare(b.Published, a.Published) })
	fresh := 0 // how many of what is left to judge were there the last time
	for _, item := range lacking {
		if item.Missed == 0 {
			fresh++
		}
	}
	for i := range lacking {
		item := &lacking[i]
		switch {
		case item.Missed != 0:
			item.Gone = item.Missed
			continue
		case item.Published > oldest, fresh > added:
			item.Missed = today
		default:
			item.Slid = true
		}
		fresh--
	}
	return lacking
}
