package match

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// FuzzSnapshot reads files of any bytes.
func FuzzSnapshot(f *testing.F) {
	whole := snapshotBytes(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, data []byte) { useSnapshot(t, data) })
}

// FuzzSnapshotBody reads bodies of any bytes under checksums that are right,
// which a flipped bit never has.
func FuzzSnapshotBody(f *testing.F) {
	whole := snapshotBytes(f)
	head := whole[:headFixed+1]
	body := whole[headFixed+1+4+blockHead : len(whole)-blockHead]
	f.Add(body)
	for i := 0; i+8 <= len(body); i += 37 {
		bad := bytes.Clone(body)
		binary.LittleEndian.PutUint64(bad[i:], 1<<40-1)
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var out bytes.Buffer
		w := newBlockWriter(&out, bytes.Clone(head))
		w.buf = append(w.buf, body[:min(len(body), blockMax)]...)
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
		useSnapshot(t, out.Bytes())
	})
}

func useSnapshot(t *testing.T, data []byte) {
	ix, _, err := readSnapshot(bytes.NewReader(data), int64(len(data)), Options{})
	if err != nil {
		if ix != nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) {
			t.Fatalf("%v %v", ix, err)
		}
		return
	}
	// What was taken must be fit for use.
	ix.Search(Query{Text: "nước muối chữa sốt bank 50"})
	ix.Put(Doc{ID: "a", Claim: "nước muối"})
	ix.Delete("b")
	ix.Search(Query{Text: "muối chữa sốt"})
}

func snapshotBytes(t testing.TB) []byte {
	ix := New(Options{})
	ix.Put(Doc{ID: "a", Claim: "nước muối chữa sốt"}, Doc{ID: "b", Title: "nước muối", Text: "bank 50"}, Doc{ID: "c", Claim: "c"})
	ix.Delete("c")
	var out bytes.Buffer
	if err := ix.Snapshot().write(&out, []byte("m")); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAnotherBuildIsForeign changes what a snapshot says of its build.
func TestAnotherBuildIsForeign(t *testing.T) {
	whole := snapshotBytes(t)
	for _, at := range []int{len(snapshotMagic), len(snapshotMagic) + 4} {
		var out bytes.Buffer
		head := bytes.Clone(whole[:headFixed+1])
		head[at]++
		if err := newBlockWriter(&out, head).close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readSnapshot(&out, int64(out.Len()), Options{}); !errors.Is(err, ErrForeign) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// TestSearchesDoNotWaitForWriters searches while a writer is in the middle of
// its work.
func TestSearchesDoNotWaitForWriters(t *testing.T) {
	ix := New(Options{})
	ix.Put(Doc{ID: "a", Claim: "nước muối chữa sốt xuất huyết"})
	ix.writing.Lock()
	defer ix.writing.Unlock()
	done := make(chan Result)
	go func() { done <- ix.Search(Query{Text: "nuoc muoi chua sot"}) }()
	select {
	case r := <-done:
		if len(r.Hits) != 1 {
			t.Errorf("%+v", r)
		}
	case <-time.After(time.Minute):
		t.Error("a search waits for a writer")
	}
}

// TestBlocksStayInTheirPlaces swaps, repeats and drops blocks, each of which is
// whole in itself.
func TestBlocksStayInTheirPlaces(t *testing.T) {
	ix := New(Options{})
	docs := make([]Doc, 2000)
	for i := range docs {
		docs[i] = Doc{ID: fmt.Sprint(i), Text: strings.Repeat(fmt.Sprintf("w%d v%d ", i, i%99), 60)}
	}
	ix.Put(docs...)
	var out bytes.Buffer
	if err := ix.Snapshot().write(&out, nil); err != nil {
		t.Fatal(err)
	}
	whole := out.Bytes()
	head, rest := whole[:headFixed+4], whole[headFixed+4:]
	var blocks [][]byte
	for len(rest) > 0 {
		n := blockHead + int(binary.LittleEndian.Uint32(rest))
		blocks, rest = append(blocks, rest[:n]), rest[n:]
	}
	if len(blocks) < 5 {
		t.Fatalf("%d blocks: the test shows little", len(blocks))
	}
	for name, order := range map[string][]int{"swapped": {0, 2, 1}, "repeated": {0, 1, 1}, "dropped": {0, 2}} {
		data := bytes.Clone(head)
		for _, i := range order {
			data = append(data, blocks[i]...)
		}
		for _, b := range blocks[3:] {
			data = append(data, b...)
		}
		_, _, err := readSnapshot(bytes.NewReader(data), int64(len(data)), Options{})
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
