package match

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// What Load says of a file it does not take; the index must then be built
// anew. A file that is not there is fs.ErrNotExist.
var (
	// ErrDamaged: the file is cut short, was changed, or is not a snapshot.
	ErrDamaged = errors.New("the snapshot is damaged")
	// ErrForeign: another build of the program wrote it, whose words or
	// weights may differ.
	ErrForeign = errors.New("the snapshot was written by another build")
)

// MarkMax is the length of the longest mark, in bytes.
const MarkMax = 256

// snapshotFormat is the layout of the file; raise it with every change to what
// is written.
const snapshotFormat = 2

const snapshotMagic = "sangto\x00ix"

// Snapshot is an index as it was at one moment.
type Snapshot struct {
	parts  []part
	vocab  *vocab
	counts []uint32 // of the vocabulary's words
}

// Snapshot returns the index as it is now, to be saved. It copies the counts of
// the words, four bytes each, while writers wait; searches do not.
func (ix *Index) Snapshot() *Snapshot {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	s := &Snapshot{parts: ix.now.Load().parts, vocab: ix.vocab, counts: make([]uint32, ix.vocab.n)}
	for id := range s.counts {
		s.counts[id] = uint32(ix.vocab.docs(uint32(id)))
	}
	return s
}

// Save writes the snapshot to a file that only its owner can read, replacing
// what is there. mark, at most MarkMax bytes, is whatever the caller needs to
// know when it loads the file, such as the last change it put into the index.
//
// The file appears whole or not at all: it is written under another name in the
// same folder (path with ".new"), synced and renamed. Two calls for one path
// must not run at once. The index may change meanwhile. Documents deleted not
// long ago may still be in the file, marked dead.
func (s *Snapshot) Save(path string, mark []byte) (err error) {
	if len(mark) > MarkMax {
		return fmt.Errorf("save snapshot: the mark has %d bytes, more than %d", len(mark), MarkMax)
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save snapshot: %w", err)
	}
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	err = errors.Join(s.write(f, mark), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return fmt.Errorf("save snapshot: %w", errors.Join(err, os.Remove(fresh)))
	}
	// Without it a crash may bring back the file before this one, which is as
	// good; and not every system can sync a folder.
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

func (s *Snapshot) write(out io.Writer, mark []byte) error {
	head := []byte(snapshotMagic)
	head = binary.LittleEndian.AppendUint32(head, snapshotFormat)
	print := fingerprint()
	head = append(head, print[:]...)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(mark)))
	head = append(head, mark...)
	w := newBlockWriter(out, head)
	s.words(w)
	w.uint(uint64(len(s.parts)))
	for i := range s.parts {
		writePart(w, &s.parts[i])
	}
	return w.close()
}

// Words are at most wordMaxLen bytes and what a stemmer may add; their lengths
// are written as single bytes.
const _ = uint8(2 * wordMaxLen)

// words writes the vocabulary.
func (s *Snapshot) words(w *blockWriter) {
	sizes := make([]uint8, len(s.counts))
	var text strings.Builder
	for id := range s.counts {
		word := s.vocab.text(uint32(id))
		sizes[id] = uint8(len(word))
		text.WriteString(word)
	}
	w.bytes(sizes)
	w.text(text.String())
	numbers(w, s.counts)
}

func writePart(w *blockWriter, p *part) {
	s := p.seg
	w.text(s.ids)
	numbers(w, s.idAt)
	numbers(w, s.days)
	w.bytes(tags(s.langs))
	numbers(w, s.at)
	numbers(w, s.stream)
	writeTable(w, &s.words)
	writeTable(w, &s.pairs)
	w.uint(uint64(s.alone.bits))
	numbers(w, s.alone.bucket)
	numbers(w, s.alone.entries)
	numbers(w, p.dead)
}

func tags(langs []language) []byte {
	out := make([]byte, len(langs))
	for i, l := range langs {
		out[i] = byte(l)
	}
	return out
}

func untag(tags []byte) []language {
	out := make([]language, len(tags))
	for i, b := range tags {
		out[i] = language(b)
	}
	return out
}

func writeTable(w *blockWriter, t *table) {
	w.uint(uint64(t.bits))
	numbers(w, t.bucket)
	numbers(w, t.keys)
	numbers(w, t.at)
	w.bytes(t.most)
	numbers(w, t.docs)
	w.bytes(t.power)
}

// Load reads a snapshot and returns the index and the mark it was saved with.
// It never takes memory for more than the file holds. A file that cannot be
// taken is ErrDamaged or ErrForeign; one that is not there fs.ErrNotExist.
func Load(path string, o Options) (*Index, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("load snapshot: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("load snapshot: %w", err)
	}
	ix, mark, err := readSnapshot(f, info.Size(), o)
	if err != nil {
		return nil, nil, fmt.Errorf("load snapshot: %w", err)
	}
	return ix, mark, nil
}

const headFixed = len(snapshotMagic) + 4 + sha256.Size + 2

// readSnapshot reads a snapshot of so many bytes.
func readSnapshot(in io.Reader, size int64, o Options) (*Index, []byte, error) {
	head := make([]byte, headFixed, headFixed+MarkMax)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, nil, damaged("no head")
	}
	if string(head[:len(snapshotMagic)]) != snapshotMagic {
		return nil, nil, damaged("not a snapshot")
	}
	n := int(binary.LittleEndian.Uint16(head[headFixed-2:]))
	if n > MarkMax {
		return nil, nil, damaged("mark too long")
	}
	head = head[:headFixed+n]
	if _, err := io.ReadFull(in, head[headFixed:]); err != nil {
		return nil, nil, damaged("no mark")
	}
	r, err := newBlockReader(in, size-int64(len(head)), head)
	if err != nil {
		return nil, nil, err
	}
	// Only now is it certain that the head is as it was written.
	print := fingerprint()
	format := binary.LittleEndian.Uint32(head[len(snapshotMagic):])
	if format != snapshotFormat || string(head[len(snapshotMagic)+4:headFixed-2]) != string(print[:]) {
		return nil, nil, ErrForeign
	}
	ix := New(o)
	if err := ix.fill(r); err != nil {
		return nil, nil, err
	}
	return ix, slices.Clone(head[headFixed:]), nil
}

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

// fill reads what follows the head into an empty index.
func (ix *Index) fill(r *blockReader) error {
	sizes, text := r.bytes(), r.text()
	counts := readNumbers[uint32](r)
	if err := ix.vocab.fill(sizes, text, counts); err != nil {
		return errors.Join(r.err, err)
	}
	s := &state{}
	for n := r.uint(); uint64(len(s.parts)) < n && r.err == nil; {
		s.parts = append(s.parts, readPart(r, ix.vocab.n))
	}
	r.end()
	if r.err != nil {
		return r.err
	}
	ix.publish(s)
	return nil
}

// fill numbers the words of an empty vocabulary.
func (v *vocab) fill(sizes []uint8, text string, counts []uint32) error {
	if len(sizes) != len(counts) || len(sizes) > 1<<wordBits {
		return damaged("words")
	}
	total := 0
	for _, n := range sizes {
		total += int(n)
	}
	if total != len(text) {
		return damaged("letters of words")
	}
	size := len(*v.table.Load())
	for size*3 < len(sizes)*4 {
		size *= 2
	}
	t := make(slots, size)
	for id, n := range sizes {
		if id&(chunkSize-1) == 0 {
			v.chunks[id>>chunkBits].Store(new(chunk))
		}
		c, j := v.entry(uint32(id))
		c.text[j], text = text[:n], text[n:]
		c.hash[j] = hashString(c.text[j])
		c.docs[j].Store(counts[id])
		if _, ok := v.probe(t, c.hash[j], c.text[j]); ok {
			return damaged("the same word twice")
		}
		t.put(c.hash[j], uint32(id))
	}
	v.table.Store(&t)
	v.n = uint32(len(sizes))
	return nil
}

// readPart reads a part and checks everything a search relies on. After an
// error, which r keeps, the part is of no use.
func readPart(r *blockReader, words uint32) part {
	s := &segment{ids: r.text()}
	s.idAt = readNumbers[uint32](r)
	s.days = readNumbers[int32](r)
	s.langs = untag(r.bytes())
	s.at = readNumbers[uint32](r)
	s.stream = readNumbers[uint32](r)
	n := len(s.days)
	r.check(n > 0 && n <= segmentMax, "number of documents")
	r.check(len(s.langs) == n && !slices.ContainsFunc(s.langs, func(l language) bool { return l >= languages }), "languages")
	r.check(len(s.idAt) == n+1 && climbs(s.idAt, len(s.ids)), "IDs")
	r.check(len(s.at) == n*fields+1 && climbs(s.at, len(s.stream)), "fields")
	r.check(!slices.ContainsFunc(s.stream, func(w uint32) bool { return w&wordMask >= words }), "words of documents")
	s.words, s.pairs = readTable(r, n), readTable(r, n)
	s.alone.bits = readBits(r)
	s.alone.bucket = readNumbers[uint32](r)
	s.alone.entries = readNumbers[uint32](r)
	r.check(parted(s.alone.bits, s.alone.bucket, len(s.alone.entries)), "single pairs")
	r.check(!slices.ContainsFunc(s.alone.entries, func(e uint32) bool { return int(uint16(e)) >= n }), "documents of single pairs")
	dead := readNumbers[uint64](r)
	if r.err != nil {
		return part{}
	}
	p := alive(s)
	p.dead = dead
	r.check(s.settle(), "the same ID twice")
	r.check(p.bury(), "dead documents")
	return p
}

// bury counts the dead documents of a part that was read, and reports whether
// they can be so.
func (p *part) bury() bool {
	if len(p.dead) == 0 {
		p.dead = nil
		return true
	}
	n := p.seg.size()
	if len(p.dead) != (n+63)/64 {
		return false
	}
	for i, word := range p.dead {
		for ; word != 0; word &= word - 1 {
			d := i<<6 + bits.TrailingZeros64(word)
			if d >= n {
				return false
			}
			p.seg.forgetPairs(d)
			p.live--
			p.langs[p.seg.langs[d]]--
		}
	}
	return p.live > 0
}

func readTable(r *blockReader, docs int) table {
	t := table{bits: readBits(r)}
	t.bucket = readNumbers[uint32](r)
	t.keys = readNumbers[uint64](r)
	t.at = readNumbers[uint32](r)
	t.most = r.bytes()
	t.docs = readNumbers[uint16](r)
	t.power = r.bytes()
	r.check(parted(t.bits, t.bucket, len(t.keys)), "keys")
	r.check(len(t.at) == len(t.keys)+1 && climbs(t.at, len(t.docs)), "lists")
	r.check(len(t.most) == len(t.keys) && len(t.power) == len(t.docs), "strengths")
	if r.err == nil {
		for k := range t.keys {
			r.check(inOrder(t.docs[t.at[k]:t.at[k+1]], docs), "documents of a list")
		}
	}
	return t
}

// readBits reads how many bits pick a bucket.
func readBits(r *blockReader) uint8 {
	n := r.uint()
	r.check(n <= 32, "bits")
	return uint8(n)
}

// parted reports whether bucket parts n things by so many bits.
func parted(bits uint8, bucket []uint32, n int) bool {
	return len(bucket) == 1<<bits+1 && climbs(bucket, n)
}

// climbs reports whether at goes from 0 to end and never down.
func climbs(at []uint32, end int) bool {
	return len(at) > 0 && at[0] == 0 && int(at[len(at)-1]) == end && slices.IsSorted(at)
}

// inOrder reports whether docs are distinct, in order and below n.
func inOrder(docs []uint16, n int) bool {
	for i := 1; i < len(docs); i++ {
		if docs[i] <= docs[i-1] {
			return false
		}
	}
	return len(docs) == 0 || int(docs[len(docs)-1]) < n
}

// fingerprint tells builds apart that may read words or weigh postings
// differently: by what they are built of, by the numbers that shape a segment,
// and by how they read a text that shows what a reader does.
func fingerprint() [sha256.Size]byte {
	h := sha256.New()
	if info, ok := debug.ReadBuildInfo(); ok {
		// Of the settings, those that name the state of the sources.
		fmt.Fprintln(h, info.GoVersion, info.Main)
		for _, d := range info.Deps {
			fmt.Fprintln(h, d.Path, d.Version, d.Sum)
		}
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "vcs") {
				fmt.Fprintln(h, s.Key, s.Value)
			}
		}
	}
	fmt.Fprintln(h, snapshotFormat, wordBits, accentBits, wordMaxLen, segmentMax, fieldRules, saturation, strength(0.7))
	r := newReader(false)
	for _, w := range r.read(nil, probeText) {
		fmt.Fprintln(h, w.folded, w.stem, w.accent, w.capital, w.number)
	}
	for r.lang = plain + 1; r.lang < languages; r.lang++ {
		for _, w := range r.read(nil, probeText) {
			fmt.Fprintln(h, r.lang, w.stem)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// probeText holds something of everything that readers treat in a way of its
// own.
const probeText = "Thủy điện Sông Lam sẽ xả lũ; hoà hòa oà òa thuý thúy 22h 1.000,5 10/5/2026 30% số-5 " +
	"nuwowcs nu7o71c ko đc 𝗯𝗼𝗹𝗱 ＡＢＣ ngân hàng e\u0301 a\u0323\u0306 #KhoaTaiKhoan @someone_else " +
	"recalled recalling hopefully generational skies dying o'clock Villalobos's U.S. COVID-19 5G été naïve Straße " +
	"https://tin.example/2026/harbour-bridge-closed.html [phone] 日本 Москва ไทย " +
	"l'élections mangeaient straßenbahnen Häuser hospitales москвичами школах kitaplarımızdan taloissa házakban المدارس"
