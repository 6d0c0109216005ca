package verify_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/ledger"
)

const (
	origin  = "desk.example/log"
	deskID  = "aaaaaaaaaaaaaaaa"
	day0    = desk.Day(20_500)
	siteURL = "https://desk.example"
)

type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// signer is a member's device.
type signer struct {
	id   string
	spki []byte
	alg  int
	key  crypto.Signer
}

var devices = sync.OnceValue(func() []signer {
	p256, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, err2 := ed25519.GenerateKey(rand.Reader)
	r, err3 := rsa.GenerateKey(rand.Reader, 2048)
	if err1 != nil || err2 != nil || err3 != nil {
		panic("no keys")
	}
	out := []signer{{id: "kkkkkkkkkkkkkk01", alg: -7, key: p256}, {id: "kkkkkkkkkkkkkk02", alg: -8, key: ed}, {id: "kkkkkkkkkkkkkk03", alg: -257, key: r}}
	for i, s := range out {
		der, err := x509.MarshalPKIXPublicKey(s.key.Public())
		if err != nil {
			panic(err)
		}
		out[i].spki = der
	}
	return out
})

var b64 = base64.RawURLEncoding

// assent is what a device answers to a revision, as access keeps it.
func (s signer) assent(tb testing.TB, revision string) desk.Approval {
	tb.Helper()
	a := s.assertion(tb, revision, siteURL, "desk.example", 0x05)
	raw, err := json.Marshal(a)
	if err != nil {
		tb.Fatal(err)
	}
	return desk.Approval{MemberID: "m" + s.id, KeyID: s.id, Revision: revision, Signed: true, Assertion: raw}
}

func (s signer) assertion(tb testing.TB, revision, at, rp string, flags byte) leaf.Assertion {
	tb.Helper()
	challenge, err := hex.DecodeString(revision)
	if err != nil {
		tb.Fatal(err)
	}
	client := fmt.Appendf(nil, `{"type":"webauthn.get","challenge":"%s","origin":"%s","crossOrigin":false}`, b64.EncodeToString(challenge), at)
	rpHash := sha256.Sum256([]byte(rp))
	auth := append(rpHash[:], flags, 0, 0, 0, 7)
	sum := sha256.Sum256(client)
	message := append(append([]byte(nil), auth...), sum[:]...)
	var sig []byte
	if s.alg == -8 {
		sig, err = s.key.Sign(rand.Reader, message, crypto.Hash(0))
	} else {
		digest := sha256.Sum256(message)
		sig, err = s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return leaf.Assertion{AuthenticatorData: b64.EncodeToString(auth), ClientData: b64.EncodeToString(client), Signature: b64.EncodeToString(sig)}
}

// book is a record in the making, and what a site would serve of it.
type book struct {
	tb         testing.TB
	skey, vkey string
	entries    [][]byte
	contents   map[int]leaf.Content
	prev       map[string]string
	owner      desk.Declaration
	method     string
	day        desk.Day
	// signedBy are further keys that sign the checkpoint.
	signedBy []string
	plain    bool
}

func newBook(tb testing.TB) *book { return startBook(tb, false) }

// startBook starts a book; a plain one is approved by names that sign nothing,
// which costs a large one less.
func startBook(tb testing.TB, plain bool) *book {
	tb.Helper()
	skey, vkey, err := ledger.GenerateKey(seed(7), origin)
	must(tb, err)
	b := &book{tb: tb, skey: skey, vkey: vkey, contents: map[int]leaf.Content{}, prev: map[string]string{}, day: day0, plain: plain}
	b.leaf(leaf.Leaf{V: 1, Kind: leaf.Keys, Day: b.day, Reason: leaf.Added, VKey: vkey})
	b.owner = desk.Declaration{DeskID: deskID, Owner: "Hội Bạn đọc", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown, Day: b.day}
	l, c, err := leaf.OfDeclaration(b.owner, "")
	must(tb, err)
	b.with(l, c)
	for _, d := range devices() {
		if plain {
			d.spki, d.alg = nil, 0
		}
		b.leaf(leaf.OfKey(deskID, desk.ApprovalKey{ID: d.id}, d.spki, d.alg, b.day, b.day+180, b.day))
	}
	page := desk.PolicyPage{
		DeskID: deskID, Kind: desk.MethodologyPage, Number: 1, Text: desk.Wording{VI: "Cách làm"}, Day: b.day,
		Keys: desk.Keys{ProposedBy: "m", ProposedKey: devices()[0].id, AgreedBy: "n", AgreedKey: devices()[1].id},
	}
	l, c, err = leaf.OfPage(page, "")
	must(tb, err)
	b.method = l.BodyH
	b.with(l, c)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// leaf adds an entry.
func (b *book) leaf(l leaf.Leaf) int {
	b.tb.Helper()
	raw, err := l.Bytes()
	must(b.tb, err)
	b.entries = append(b.entries, raw)
	if l.Check != "" {
		b.prev[l.Check] = leaf.Hash(raw)
	}
	if l.Kind == leaf.Policy {
		b.prev[l.Page] = leaf.Hash(raw)
	}
	return len(b.entries) - 1
}

func (b *book) with(l leaf.Leaf, c leaf.Content) int {
	b.tb.Helper()
	b.contents[len(b.entries)] = c
	return b.leaf(l)
}

// act is one version of a check, approved by devices.
func (b *book) act(id string, rev int, act desk.Act, change ...func(*leaf.VersionOf)) int {
	b.tb.Helper()
	v := desk.Version{
		CheckID: id, Number: rev, Act: act, Kind: desk.FactKind, Verdict: desk.NotTrue, Topic: "weather",
		Claim: "Đập xả lũ đêm nay, bài " + id, Title: "Không có lệnh xả lũ", Summary: "Hồ chưa đầy.", Body: fmt.Sprintf("Mực nước **thấp**, lần %d.\n", rev),
		Reason: "Có số đo mới", Published: b.day, Author: "mmmmmmmmmmmmmmmm", Method: b.method,
		Evidence: []desk.Evidence{{Position: 1, Stance: desk.Against, URL: "https://a.example/" + id, Title: "Tin", Publisher: "A", OwnerGroup: "a", Quote: "chưa đầy"}},
	}
	if act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án tỉnh X", Date: b.day, Law: "Điều 17", Digest: hex.EncodeToString(make([]byte, 32)), Lapses: b.day + 180}
	}
	of := leaf.VersionOf{
		Check: desk.Check{ID: id, DeskID: deskID, Lang: "vi"}, Version: v, Owner: &b.owner,
		Salt: fmt.Sprintf("%064x", len(b.entries)), Prev: b.prev[id],
	}
	for _, c := range change {
		c(&of)
	}
	if of.Approvals == nil {
		of.Approvals = b.approve(of.Version)
	}
	l, c, err := leaf.Of(of)
	must(b.tb, err)
	return b.with(l, c)
}

func (b *book) approve(v desk.Version) []desk.Approval {
	var out []desk.Approval
	for _, d := range devices()[:v.Act.Keys()] {
		if b.plain {
			out = append(out, desk.Approval{KeyID: d.id, Revision: desk.Revision(v)})
			continue
		}
		out = append(out, d.assent(b.tb, desk.Revision(v)))
	}
	return out
}

// branch is a copy that goes on alone.
func (b *book) branch() *book {
	next := *b
	next.entries = slices.Clone(b.entries)
	next.contents, next.prev = maps.Clone(b.contents), maps.Clone(b.prev)
	return &next
}

func checkID(n int) string { return fmt.Sprintf("%016d", n) }

// publish adds n checks, one in seven corrected, with a beat a day.
func (b *book) publish(n int) *book {
	for i := range n {
		id := checkID(len(b.entries))
		b.act(id, 1, desk.Publish)
		if i%7 == 3 {
			b.act(id, 2, desk.Correct)
		}
		if i%20 == 19 {
			b.day++
			b.leaf(leaf.Leaf{V: 1, Kind: leaf.Beat, Day: b.day})
		}
	}
	return b
}

// files are what a site serves of the book.
func (b *book) files() map[string][]byte {
	b.tb.Helper()
	files := map[string][]byte{"log/key": []byte(b.vkey + "\n")}
	var tree ledger.Frontier
	keep := func(f ledger.File) { files["log/"+f.Path] = f.Data }
	var bundle []byte
	for i, e := range b.entries {
		var err error
		tree.Append(ledger.EntryHash(e), keep)
		bundle, err = ledger.AppendEntry(bundle, e)
		must(b.tb, err)
		if done := i + 1; done%ledger.Width == 0 || done == len(b.entries) {
			keep(ledger.File{Path: ledger.EntriesPath(int64(i/ledger.Width), i%ledger.Width+1), Data: bundle})
			bundle = nil
		}
	}
	for _, f := range tree.Edge() {
		keep(f)
	}
	var signers []ledger.Signer
	for _, k := range append([]string{b.skey}, b.signedBy...) {
		s, err := ledger.NewSigner(k)
		must(b.tb, err)
		signers = append(signers, s)
	}
	signed, err := ledger.Checkpoint{Origin: origin, Size: tree.Size(), Root: tree.Root()}.Sign(signers...)
	must(b.tb, err)
	files["log/checkpoint"] = signed
	for i, c := range b.contents {
		text, err := c.Text()
		must(b.tb, err)
		files[verify.ContentPath(int64(i))] = text
	}
	return files
}

// memory is a place in memory.
func memory(files map[string][]byte) verify.Place {
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return verify.Place{Name: "memory", Source: ledger.Folder(fsys)}
}

// lay writes files into a folder.
func lay(tb testing.TB, dir string, files map[string][]byte) {
	tb.Helper()
	for name, data := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		must(tb, os.MkdirAll(filepath.Dir(full), 0o755))
		must(tb, os.WriteFile(full, data, 0o644))
	}
}

func options() verify.Options { return verify.Options{Today: day0} }

func run(tb testing.TB, p verify.Place, o verify.Options) *verify.Report {
	tb.Helper()
	r, err := verify.Run(context.Background(), p, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func copied(files map[string][]byte) map[string][]byte { return maps.Clone(files) }

func kinds(r *verify.Report) map[verify.Kind]int {
	out := map[verify.Kind]int{}
	for _, p := range r.Problems {
		out[p.Kind]++
	}
	return out
}
