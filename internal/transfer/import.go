package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/exchange"
	"sangto/internal/store"
)

const (
	// A transaction takes up to batchMax records, which makes the cost of a
	// commit small, but no more than fit into about batchTime: a desk at work
	// must never wait long for its turn to write, however slow the disk.
	batchMin  = 20
	batchMax  = 500
	batchTime = 400 * time.Millisecond
	// keepDefault is how many problems a report names if nobody says.
	keepDefault = 1000
	// progressEvery is how many records pass between calls of Progress.
	progressEvery = 100
	// importedTopic files checks of desks that use other topics than ours.
	importedTopic = "other"
)

// Options of an import. The zero value imports.
type Options struct {
	// DryRun reads, judges and compares, and changes nothing.
	DryRun bool
	// Progress is told, from the goroutine of the import, how many bytes were
	// read and how many there are, which is negative if unknown.
	Progress func(done, total int64)
	// Keep is how many problems the report names, 1000 if zero.
	Keep int
	// Allow, if set, judges every published check before it is compared with
	// the store; a reason, as a key of the catalogue, drops it. It is called
	// from the goroutine of the import.
	Allow func(exchange.Item) (reason string)
	// Taken, if set, is told every check that is in the store now, new or not,
	// once.
	Taken func(exchange.Item)
	// Limits are the caps on each input.
	Limits exchange.Limits
	// Site is this desk's public address. What was published there is ours
	// already and not taken.
	Site *url.URL
}

// Import takes the published checks of the sources into the store, in order.
// A check that is new gets version 1, one whose content changed the next
// version, one that is the same nothing. Of several records of one import that
// say different things about the same check the first counts, so that
// importing the same sources again changes nothing.
//
// What is wrong with a record or a source is in the report; err is for what
// ended the import: a store that failed or a context that ended. Batches
// committed before stay, and the report says what they did.
func Import(ctx context.Context, db *store.DB, sources []Source, o Options) (Report, error) {
	in := &importer{ctx: ctx, db: db, o: o, size: batchMin, total: total(sources), seen: map[string][sha256.Size]byte{}}
	in.report.Reasons, in.report.DryRun = map[string]int{}, o.DryRun
	if in.o.Keep == 0 {
		in.o.Keep = keepDefault
	}
	for _, s := range sources {
		if err := in.source(s); err != nil {
			return in.report, err
		}
	}
	err := in.flush()
	in.progress()
	return in.report, err
}

func total(sources []Source) int64 {
	var n int64
	for _, s := range sources {
		if s.Size < 0 {
			return -1
		}
		n += s.Size
	}
	return n
}

type importer struct {
	ctx    context.Context
	db     *store.DB
	o      Options
	report Report

	done, total int64
	records     int
	batch       []record
	size        int // of the next batch
	// seen holds the content of every check of this import.
	seen map[string][sha256.Size]byte
}

// record is an item with its place and its content.
type record struct {
	exchange.Item
	file    string
	content [sha256.Size]byte
}

// source reads one source to its end.
func (in *importer) source(s Source) error {
	r, err := s.Open()
	if err != nil {
		in.drop(Problem{File: s.Name, Line: 1, Reason: reasonOpen, Err: err})
		return in.ctx.Err()
	}
	defer func() { _ = r.Close() }()
	for item, drop := range exchange.Read(&counter{r: r, n: &in.done}, s.Name, in.o.Limits) {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		if drop != nil {
			in.drop(Problem{File: s.Name, Line: drop.Line, Offset: drop.Offset, Reason: drop.Key, Args: drop.Args, Err: drop.Err})
		} else if err := in.take(s.Name, item); err != nil {
			return err
		}
		if in.records++; in.records%progressEvery == 0 {
			in.progress()
		}
	}
	return in.ctx.Err()
}

// take puts an item into the batch, unless this import already had the check.
func (in *importer) take(file string, item exchange.Item) error {
	r := record{Item: item, file: file, content: content(version(item))}
	first, again := in.seen[item.CheckID]
	if in.o.Allow != nil {
		if reason := in.o.Allow(item); reason != "" {
			in.refuse(r, reason)
			return nil
		}
	}
	switch {
	case in.own(item):
		in.refuse(r, reasonOwn)
	case again && first == r.content:
		in.report.Seen++
		in.report.Unchanged++
	case again:
		in.refuse(r, reasonDuplicate)
	default:
		in.seen[item.CheckID] = r.content
		in.batch = append(in.batch, r)
	}
	if len(in.batch) < in.size {
		return nil
	}
	return in.flush()
}

// own reports whether an item was published by this very desk.
func (in *importer) own(item exchange.Item) bool {
	if in.o.Site == nil {
		return false
	}
	u, err := url.Parse(item.Address)
	return err == nil && strings.EqualFold(u.Host, in.o.Site.Host)
}

func (in *importer) refuse(r record, reason string) {
	in.drop(Problem{File: r.file, Line: r.Line, Offset: r.Offset, Reason: reason, Args: map[string]any{"Address": r.Address}})
}

func (in *importer) drop(p Problem) {
	in.report.Seen++
	in.report.Dropped++
	in.report.Reasons[p.Reason]++
	if len(in.report.Problems) < in.o.Keep {
		in.report.Problems = append(in.report.Problems, p)
	}
}

func (in *importer) progress() {
	if in.o.Progress != nil {
		in.o.Progress(in.done, in.total)
	}
}

// tally is what one batch did.
type tally struct{ added, updated, unchanged, linkOnly int }

// flush writes the batch in one transaction.
func (in *importer) flush() error {
	if len(in.batch) == 0 {
		return nil
	}
	var t tally
	var start time.Time
	run := in.db.Update
	if in.o.DryRun {
		run = in.db.View
	}
	err := run(in.ctx, func(tx *store.Tx) error {
		start = time.Now() // waiting for the turn is over
		var err error
		t, err = in.write(tx)
		return err
	})
	if err != nil {
		return err
	}
	in.pace(time.Since(start))
	in.report.Seen += len(in.batch)
	in.report.Added += t.added
	in.report.Updated += t.updated
	in.report.Unchanged += t.unchanged
	in.report.LinkOnly += t.linkOnly
	if in.o.Taken != nil {
		for _, r := range in.batch {
			in.o.Taken(r.Item)
		}
	}
	in.batch = in.batch[:0]
	return nil
}

// pace chooses the size of the next batch by the time the last one took.
func (in *importer) pace(took time.Duration) {
	switch {
	case took > batchTime:
		in.size = max(batchMin, in.size/2)
	case took < batchTime/2:
		in.size = min(batchMax, in.size*2)
	}
}

// write compares the batch with the store and adds what is new.
func (in *importer) write(tx *store.Tx) (tally, error) {
	ids := make([]string, len(in.batch))
	for i, r := range in.batch {
		ids[i] = r.CheckID
	}
	known, err := tx.Entries(ids)
	if err != nil {
		return tally{}, err
	}
	all, err := tx.Desks()
	if err != nil {
		return tally{}, err
	}
	desks := make(map[string]desk.Desk, len(all))
	for _, d := range all {
		desks[d.ID] = d
	}
	var t tally
	for _, r := range in.batch {
		if err := in.declare(tx, desks, r.Item); err != nil {
			return tally{}, err
		}
		if err := in.writeOne(tx, known, r, &t); err != nil {
			return tally{}, err
		}
	}
	return t, nil
}

// declare adds the publisher if it is new. What is known of a desk is never
// replaced by what a file says: only an owner that nobody has declared yet is
// filled in.
func (in *importer) declare(tx *store.Tx, desks map[string]desk.Desk, item exchange.Item) error {
	d, known := desks[item.DeskID]
	switch {
	case !known:
		d = desk.Desk{
			ID: item.DeskID, Name: item.Publisher, URL: item.Site, Owner: item.Owner,
			OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown,
		}
	case d.Owner == "" && item.Owner != "" && !d.Local:
		d.Owner = item.Owner
	default:
		return nil
	}
	desks[item.DeskID] = d
	if in.o.DryRun {
		return nil
	}
	return tx.PutDesk(d)
}

func (in *importer) writeOne(tx *store.Tx, known map[string]store.Entry, r record, t *tally) error {
	entry, old := known[r.CheckID]
	v := version(r.Item)
	v.Number = entry.Version.Number + 1
	switch {
	case old && content(entry.Version) == r.content:
		t.unchanged++
		return nil
	case old:
		t.updated++
	default:
		t.added++
	}
	if v.LinkOnly {
		t.linkOnly++
	}
	if in.o.DryRun {
		return nil
	}
	if !old {
		c := desk.Check{ID: r.CheckID, DeskID: r.DeskID, Lang: r.Lang, SourceURL: r.Address}
		if err := tx.AddCheck(c); err != nil {
			return err
		}
	}
	return tx.AddVersion(v, hex.EncodeToString(r.content[:]), nil)
}

// version is an item as a version of its check. Another desk's finding has no
// verdict of ours and is not classified by us.
func version(item exchange.Item) desk.Version {
	return desk.Version{
		CheckID: item.CheckID, Act: desk.ImportAct, ClaimantKind: desk.ClaimantUnknown, Topic: importedTopic,
		Rating: item.Rating, NoVerdictRating: item.NoVerdict, LinkOnly: item.LinkOnly,
		Claim: item.Claim, Title: item.Title, Summary: item.Summary, Published: item.Published,
	}
}

// content is the hash of everything in a version that its publisher said.
func content(v desk.Version) [sha256.Size]byte {
	// Encoding a fixed struct of strings cannot fail.
	b, _ := json.Marshal([]any{v.Rating, v.NoVerdictRating, v.LinkOnly, v.Claim, v.Title, v.Summary, v.Published.String()})
	return sha256.Sum256(b)
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n *int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	*c.n += int64(n)
	return n, err
}
