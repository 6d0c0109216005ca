// Package verifytest makes public records for tests: a desk that never was, with
// its keys, its acts and everything that its site would serve.
package verifytest

import (
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
	"strings"
	"sync"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/ledger"
)

const (
	Origin  = "desk.example/log"
	DeskID  = "aaaaaaaaaaaaaaaa"
	Day0    = desk.Day(20_500)
	SiteURL = "https://desk.example"
)

type Seed byte

func (s Seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// Device is a member's device.
type Device struct {
	ID   string
	SPKI []byte
	Alg  int
	Key  crypto.Signer
}

var Devices = sync.OnceValue(func() []Device {
	p256, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, err2 := ed25519.GenerateKey(rand.Reader)
	r, err3 := rsa.GenerateKey(rand.Reader, 2048)
	if err1 != nil || err2 != nil || err3 != nil {
		panic("no keys")
	}
	out := []Device{{ID: "kkkkkkkkkkkkkk01", Alg: -7, Key: p256}, {ID: "kkkkkkkkkkkkkk02", Alg: -8, Key: ed}, {ID: "kkkkkkkkkkkkkk03", Alg: -257, Key: r}}
	for i, s := range out {
		der, err := x509.MarshalPKIXPublicKey(s.Key.Public())
		if err != nil {
			panic(err)
		}
		out[i].SPKI = der
	}
	return out
})

var b64 = base64.RawURLEncoding

// assent is what a device answers to a revision, as access keeps it.
func (s Device) Assent(tb testing.TB, revision string) desk.Approval {
	tb.Helper()
	a := s.Assertion(tb, revision, SiteURL, strings.TrimPrefix(SiteURL, "https://"), 0x05)
	raw, err := json.Marshal(a)
	if err != nil {
		tb.Fatal(err)
	}
	return desk.Approval{MemberID: "m" + s.ID, KeyID: s.ID, Revision: revision, Signed: true, Assertion: raw}
}

func (s Device) Assertion(tb testing.TB, revision, at, rp string, flags byte) leaf.Assertion {
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
	if s.Alg == -8 {
		sig, err = s.Key.Sign(rand.Reader, message, crypto.Hash(0))
	} else {
		digest := sha256.Sum256(message)
		sig, err = s.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return leaf.Assertion{AuthenticatorData: b64.EncodeToString(auth), ClientData: b64.EncodeToString(client), Signature: b64.EncodeToString(sig)}
}

// Book is a record in the making, and what a site would serve of it.
type Book struct {
	// SKey and VKey are the log's keys; SignedBy are further ones that sign the
	// checkpoint.
	SKey, VKey string
	SignedBy   []string
	Entries    [][]byte
	Contents   map[int]leaf.Content
	// Prev is the hash of the last entry of a check or a page.
	Prev map[string]string
	// Owner, Method and Day go into what is written next.
	Owner  desk.Declaration
	Method string
	Day    desk.Day

	tb    testing.TB
	plain bool
}

// New starts a book whose approvals are signed.
func New(tb testing.TB) *Book { return Start(tb, false) }

// Start starts a book; a plain one is approved by names that sign nothing,
// which costs a large one less.
func Start(tb testing.TB, plain bool) *Book {
	tb.Helper()
	skey, vkey, err := ledger.GenerateKey(Seed(7), Origin)
	must(tb, err)
	b := &Book{tb: tb, SKey: skey, VKey: vkey, Contents: map[int]leaf.Content{}, Prev: map[string]string{}, Day: Day0, plain: plain}
	b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Keys, Day: b.Day, Reason: leaf.Added, VKey: vkey})
	b.Owner = desk.Declaration{DeskID: DeskID, Owner: "Hội Bạn đọc", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown, Day: b.Day}
	l, c, err := leaf.OfDeclaration(b.Owner, "")
	must(tb, err)
	b.With(l, c)
	for _, d := range Devices() {
		if plain {
			d.SPKI, d.Alg = nil, 0
		}
		b.Leaf(leaf.OfKey(DeskID, desk.ApprovalKey{ID: d.ID}, d.SPKI, d.Alg, b.Day, b.Day+180, b.Day))
	}
	page := desk.PolicyPage{
		DeskID: DeskID, Kind: desk.MethodologyPage, Number: 1, Text: desk.Wording{VI: "Cách làm"}, Day: b.Day,
		Keys: desk.Keys{ProposedBy: "m", ProposedKey: Devices()[0].ID, AgreedBy: "n", AgreedKey: Devices()[1].ID},
	}
	l, c, err = leaf.OfPage(page, "")
	must(tb, err)
	b.Method = l.BodyH
	b.With(l, c)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// leaf adds an entry.
func (b *Book) Leaf(l leaf.Leaf) int {
	b.tb.Helper()
	raw, err := l.Bytes()
	must(b.tb, err)
	b.Entries = append(b.Entries, raw)
	if l.Check != "" {
		b.Prev[l.Check] = leaf.Hash(raw)
	}
	if l.Kind == leaf.Policy {
		b.Prev[l.Page] = leaf.Hash(raw)
	}
	return len(b.Entries) - 1
}

func (b *Book) With(l leaf.Leaf, c leaf.Content) int {
	b.tb.Helper()
	b.Contents[len(b.Entries)] = c
	return b.Leaf(l)
}

// act is one version of a check, approved by Devices.
func (b *Book) Act(id string, rev int, act desk.Act, change ...func(*leaf.VersionOf)) int {
	b.tb.Helper()
	v := desk.Version{
		CheckID: id, Number: rev, Act: act, Kind: desk.FactKind, Verdict: desk.NotTrue, Topic: "weather",
		Claim: "Đập xả lũ đêm nay, bài " + id, Title: "Không có lệnh xả lũ", Summary: "Hồ chưa đầy.", Body: fmt.Sprintf("Mực nước **thấp**, lần %d.\n", rev),
		Reason: "Có số đo mới", Published: b.Day, Author: "mmmmmmmmmmmmmmmm", Method: b.Method,
		Evidence: []desk.Evidence{{Position: 1, Stance: desk.Against, URL: "https://a.example/" + id, Title: "Tin", Publisher: "A", OwnerGroup: "a", Quote: "chưa đầy"}},
	}
	if act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án tỉnh X", Date: b.Day, Law: "Điều 17", Digest: hex.EncodeToString(make([]byte, 32)), Lapses: b.Day + 180}
	}
	of := leaf.VersionOf{
		Check: desk.Check{ID: id, DeskID: DeskID, Lang: "vi"}, Version: v, Owner: &b.Owner,
		Salt: fmt.Sprintf("%064x", len(b.Entries)), Prev: b.Prev[id],
	}
	for _, c := range change {
		c(&of)
	}
	if of.Approvals == nil {
		of.Approvals = b.Approve(of.Version)
	}
	l, c, err := leaf.Of(of)
	must(b.tb, err)
	return b.With(l, c)
}

func (b *Book) Approve(v desk.Version) []desk.Approval {
	var out []desk.Approval
	for _, d := range Devices()[:v.Act.Keys()] {
		if b.plain {
			out = append(out, desk.Approval{KeyID: d.ID, Revision: desk.Revision(v)})
			continue
		}
		out = append(out, d.Assent(b.tb, desk.Revision(v)))
	}
	return out
}

// branch is a copy that goes on alone.
func (b *Book) Branch() *Book {
	next := *b
	next.Entries = slices.Clone(b.Entries)
	next.Contents, next.Prev = maps.Clone(b.Contents), maps.Clone(b.Prev)
	return &next
}

// CheckID is an invented check.
func CheckID(n int) string { return fmt.Sprintf("%016d", n) }

// publish adds n checks, one in seven corrected, with a beat a day.
func (b *Book) Publish(n int) *Book {
	for i := range n {
		id := CheckID(len(b.Entries))
		b.Act(id, 1, desk.Publish)
		if i%7 == 3 {
			b.Act(id, 2, desk.Correct)
		}
		if i%20 == 19 {
			b.Day++
			b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Beat, Day: b.Day})
		}
	}
	return b
}

// files are what a site serves of the book.
func (b *Book) Files() map[string][]byte {
	b.tb.Helper()
	files := map[string][]byte{"log/key": []byte(b.VKey + "\n")}
	var tree ledger.Frontier
	keep := func(f ledger.File) { files["log/"+f.Path] = f.Data }
	var bundle []byte
	for i, e := range b.Entries {
		var err error
		tree.Append(ledger.EntryHash(e), keep)
		bundle, err = ledger.AppendEntry(bundle, e)
		must(b.tb, err)
		if done := i + 1; done%ledger.Width == 0 || done == len(b.Entries) {
			keep(ledger.File{Path: ledger.EntriesPath(int64(i/ledger.Width), i%ledger.Width+1), Data: bundle})
			bundle = nil
		}
	}
	for _, f := range tree.Edge() {
		keep(f)
	}
	var signers []ledger.Signer
	for _, k := range append([]string{b.SKey}, b.SignedBy...) {
		s, err := ledger.NewSigner(k)
		must(b.tb, err)
		signers = append(signers, s)
	}
	signed, err := ledger.Checkpoint{Origin: Origin, Size: tree.Size(), Root: tree.Root()}.Sign(signers...)
	must(b.tb, err)
	files["log/checkpoint"] = signed
	for i, c := range b.Contents {
		text, err := c.Text()
		must(b.tb, err)
		files[verify.ContentPath(int64(i))] = text
	}
	return files
}

// Lay writes files into a folder.
func Lay(tb testing.TB, dir string, files map[string][]byte) {
	tb.Helper()
	for name, data := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		must(tb, os.MkdirAll(filepath.Dir(full), 0o755))
		must(tb, os.WriteFile(full, data, 0o644))
	}
}
