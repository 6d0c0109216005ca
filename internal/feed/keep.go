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
// one before; droppedBefore is how many records of that one were no checks.
//
// A feed may hold the newest checks only, so that the oldest slide out as new
// ones come in. What it lacks is therefore missed only if it cannot have slid
// out: it is newer than the oldest that is left, or more is lacking than came
// in. And one broken answer is no proof: what is missed is gone when a second
// whole answer lacks it too.
func compare(feedID string, before []desk.FeedItem, got *harvest, droppedBefore int, today desk.Day) []desk.FeedItem {
	var out []desk.FeedItem
	if got == nil {
		for _, item := range before {
			if item.Missed != 0 && item.Gone == 0 {
				item.Gone = item.Missed
				out = append(out, item)
			}
		}
		return out
	}
	known := map[string]bool{}
	var lacking []desk.FeedItem
	for _, item := range before {
		known[item.CheckID] = true
		day, here := got.items[item.CheckID]
		switch {
		case !here:
			lacking = append(lacking, item)
		case item.Missed != 0 || item.Published != day:
			out = append(out, desk.FeedItem{FeedID: feedID, CheckID: item.CheckID, Published: day})
		}
	}
	added := 0
	for id, day := range got.items {
		if !known[id] {
			added++
			out = append(out, desk.FeedItem{FeedID: feedID, CheckID: id, Published: day})
		}
	}
	// An answer that could not be read whole, or in which more was refused than
	// before, says nothing of what it lacks.
	if got.cut || got.dropped > droppedBefore {
		return out
	}
	for _, item := range missed(lacking, got, added) {
		if item.Missed == 0 {
			item.Missed = today
		} else {
			item.Gone = item.Missed
		}
		out = append(out, item)
	}
	return out
}

// missed leaves out of what is lacking what may have slid out of a feed of the
// newest. What was missed before stays so.
func missed(lacking []desk.FeedItem, got *harvest, added int) []desk.FeedItem {
	oldest := desk.Day(0)
	for _, day := range got.items {
		if oldest == 0 || day < oldest {
			oldest = day
		}
	}
	slices.SortStableFunc(lacking, func(a, b desk.FeedItem) int { return cmp.Compare(b.Published, a.Published) })
	fresh := 0
	for _, item := range lacking {
		if item.Missed == 0 {
			fresh++
		}
	}
	var out []desk.FeedItem
	for _, item := range lacking {
		switch {
		case item.Gone != 0:
		case item.Missed != 0:
			out = append(out, item)
		case item.Published > oldest:
			out = append(out, item)
			fresh--
		case fresh > added:
			out = append(out, item)
			fresh--
		}
	}
	return out
}
