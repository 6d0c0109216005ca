package promises_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// diskOp is something done to a file of the database, in the order in which it
// was finished.
type diskOp struct {
	file string // the last part of its name
	kind string // write, cut, sync, answer
	off  int64
	data []byte
	// began and ended are the lines of the trace.
	began, ended int
}

var (
	behindNumber = regexp.MustCompile(`^\d+<([^>]*)>`)
	quotedHex    = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
	answerStart  = hexOf("HTTP/1.1 200 ")
)

func hexOf(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, `\x%02x`, s[i])
	}
	return b.String()
}

// diskOps reads the writes and syncs of the database's two files, and the
// answers, out of a trace made with -xx and -y.
func diskOps(t *testing.T, text string) []diskOp {
	t.Helper()
	var out []diskOp
	for _, c := range readTrace(text) {
		if !c.ok {
			continue
		}
		m := behindNumber.FindStringSubmatch(c.args)
		if m == nil {
			continue
		}
		op := diskOp{file: filepath.Base(plainPath(m[1])), began: c.began, ended: c.ended}
		ours := op.file == "sangto.db" || op.file == "sangto.db-wal"
		switch {
		case strings.HasPrefix(c.name, "write") && strings.Contains(c.args, answerStart):
			op.kind, op.file = "answer", ""
		case !ours:
			continue
		case c.name == "pwrite64":
			op.kind = "write"
			op.data = unquoteHex(t, c.args)
			op.off = lastNumber(t, c.args)
		case c.name == "ftruncate":
			op.kind, op.off = "cut", lastNumber(t, c.args)
		case c.name == "fsync" || c.name == "fdatasync":
			op.kind = "sync"
		default:
			continue
		}
		out = append(out, op)
	}
	slices.SortStableFunc(out, func(a, b diskOp) int { return a.ended - b.ended })
	return out
}

// plainPath undoes -xx where strace applies it to paths.
func plainPath(s string) string {
	if !strings.HasPrefix(s, `\x`) {
		return s
	}
	var b strings.Builder
	for part := range strings.SplitSeq(s[2:], `\x`) {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil {
			return s
		}
		b.WriteByte(byte(n))
	}
	return b.String()
}

func unquoteHex(t *testing.T, args string) []byte {
	t.Helper()
	m := quotedHex.FindStringSubmatch(args)
	if m == nil || strings.Contains(args, `"...`) {
		t.Fatalf("the trace does not hold the whole of what was written: %.80s", args)
	}
	out := make([]byte, 0, len(m[1])/4)
	for part := range strings.SplitSeq(strings.TrimPrefix(m[1], `\x`), `\x`) {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, byte(n))
	}
	return out
}

func lastNumber(t *testing.T, args string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(args[strings.LastIndex(args, ",")+1:]), 10, 64)
	if err != nil {
		t.Fatalf("%.80s: %v", args, err)
	}
	return n
}

// powerCut is what a disk that honours fsync may hold when the power goes: what
// was synced, and of everything after that any part, down to single sectors.
type powerCut struct {
	base map[string][]byte
	ops  []diskOp
	// deaf are files whose syncs count for nothing.
	deaf map[string]bool
}

// image is the content of both files after a cut before operation at, and how
// many answers had gone out.
func (c powerCut) image(at int, r *rand.Rand) (files map[string][]byte, answers int) {
	files = map[string][]byte{}
	for name, b := range c.base {
		files[name] = bytes.Clone(b)
	}
	safe := map[string]int{} // up to which operation a file is safe
	for i, op := range c.ops[:at] {
		switch op.kind {
		case "answer":
			answers++
		case "sync":
			if !c.deaf[op.file] {
				safe[op.file] = i
			}
		}
	}
	mood := r.IntN(4)
	for i, op := range c.ops[:at] {
		if op.kind != "write" && op.kind != "cut" {
			continue
		}
		// Safe is what had ended before the sync began.
		if s, ok := safe[op.file]; ok && op.ended < c.ops[s].began && i < s {
			files[op.file] = apply(files[op.file], op, nil)
			continue
		}
		switch {
		case mood == 0: // nothing more got there
		case mood == 1: // everything did
			files[op.file] = apply(files[op.file], op, nil)
		case r.IntN(3) == 0:
		case r.IntN(3) == 0:
			sector := []int{512, 4096}[r.IntN(2)]
			files[op.file] = apply(files[op.file], op, func(n int) bool { return (n/sector+int(r.Uint64()&1))%2 == 0 })
		default:
			files[op.file] = apply(files[op.file], op, nil)
		}
	}
	return files, answers
}

// apply does op to b. keep says which bytes of a torn write arrived, by their
// sector; nil is all.
func apply(b []byte, op diskOp, keep func(n int) bool) []byte {
	if op.kind == "cut" {
		if int64(len(b)) > op.off {
			return b[:op.off]
		}
		return append(b, make([]byte, op.off-int64(len(b)))...)
	}
	if need := int(op.off) + len(op.data); len(b) < need {
		b = append(b, make([]byte, need-len(b))...)
	}
	const least = 512
	for n := 0; n < len(op.data); n += least {
		if keep == nil || keep(n) {
			end := min(n+least, len(op.data))
			copy(b[int(op.off)+n:], op.data[n:end])
		}
	}
	return b
}

// lost opens an image as the program would and counts the questions among the
// first answered ones that are not there; damage is what SQLite finds wrong.
func lost(t *testing.T, dir string, files map[string][]byte, texts []string) (missing int, damage string) {
	t.Helper()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(filepath.Join(dir, "sangto.db-shm"))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sangto.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&damage); err != nil {
		return 0, err.Error()
	}
	if damage == "ok" {
		damage = ""
	}
	there := map[string]bool{}
	rows, err := db.Query(`SELECT text FROM questions WHERE text <> ''`)
	if err != nil {
		return 0, err.Error()
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return 0, err.Error()
		}
		there[s] = true
	}
	for _, s := range texts {
		if !there[s] {
			missing++
		}
	}
	return missing, damage
}

// TestPowerCut records everything that the program writes and syncs while
// people ask, makes the disks that a power cut could have left, and opens each:
// no question whose receipt was shown may be missing, and nothing be damaged.
// The same images without the syncs of the log must lose some, or the test
// would see nothing.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	needStrace(t)
	asks, images := size(10, 30, 500), size(60, 300, 2500)
	p := newPlace(t)
	s := p.serve(t)
	tokens := p.tokens(t, asks)
	s.stop(t)
	cut := powerCut{base: map[string][]byte{"sangto.db-wal": nil}}
	for name := range cut.base {
		if b, err := os.ReadFile(filepath.Join(p.data(), name)); err == nil {
			cut.base[name] = b
		}
	}
	cut.base["sangto.db"] = []byte(readFile(t, p.database()))
	trace := filepath.Join(p.root, "trace")
	s = p.serve(t, "strace", "-f", "-y", "-xx", "-s", "200000", "-e", "trace=pwrite64,write,ftruncate,fsync,fdatasync", "-o", trace)
	texts := make([]string, asks)
	for i := range texts {
		// Every one its own claim, so that every one keeps its words.
		texts[i] = "Có đúng là " + words(300_000+i) + " không?"
		if receipt, got, err := p.ask(tokens[i], texts[i]); receipt == "" {
			t.Fatalf("ask %d: status %d, %v", i, got.status, err)
		}
	}
	s.kill()
	ops := diskOps(t, readFile(t, trace))
	// Of the answers the last ones are those of the asks.
	skip := -asks
	for _, op := range ops {
		if op.kind == "answer" {
			skip++
		}
	}
	cut.ops = ops
	if skip < 0 || len(ops) < 3*asks {
		t.Fatalf("the trace holds %d operations and %d answers", len(ops), skip+asks)
	}
	dir := t.TempDir()
	judge := func(c powerCut, n int) (lostIn, damaged int) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range n {
			files, answers := c.image(1+r.IntN(len(c.ops)), r)
			missing, damage := lost(t, dir, files, texts[:max(0, answers-skip)])
			if missing > 0 {
				lostIn++
			}
			if damage != "" {
				damaged++
				if c.deaf == nil {
					t.Errorf("image %d: %s", i, damage)
				}
			}
		}
		return lostIn, damaged
	}
	lostIn, damaged := judge(cut, images)
	if lostIn > 0 || damaged > 0 {
		t.Errorf("of %d power cuts %d lost an accepted question and %d left damage", images, lostIn, damaged)
	}
	cut.deaf = map[string]bool{"sangto.db-wal": true}
	blind, _ := judge(cut, images/4)
	if blind == 0 {
		t.Errorf("without the syncs of the log nothing was lost in %d power cuts: the test sees nothing", images/4)
	}
	t.Attr("asks", fmt.Sprint(asks))
	t.Attr("operations", fmt.Sprint(len(ops)))
	t.Attr("images", fmt.Sprint(images))
	t.Attr("lost", fmt.Sprint(lostIn))
	t.Attr("damaged", fmt.Sprint(damaged))
	t.Attr("lost_without_syncs", fmt.Sprintf("%d of %d", blind, images/4))
}
