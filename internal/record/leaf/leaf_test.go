package leaf_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	hashA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	salt  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
)

type zeroes byte

func (z zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z)
	}
	return len(p), nil
}

func secret(tb testing.TB, seed byte) string {
	tb.Helper()
	s, _, err := ledger.GenerateKey(zeroes(seed), "desk.example/log")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func owner() desk.Declaration {
	return desk.Declaration{
		DeskID: "aaaaaaaaaaaaaaaa", Owner: "Hội Bạn đọc Sông Hồng", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc",
		FunderKind: desk.OwnerUnknown, Day: 20_000,
	}
}

func version(act desk.Act) leaf.VersionOf {
	v := desk.Version{
		CheckID: "0123456789abcdef", Number: 2, Act: act, Kind: desk.FactKind, AboutPower: true, ClaimantKind: desk.ClaimantOffice,
		Verdict: desk.NotTrue, Topic: "weather", Claim: "Đập Sơn La xả lũ đêm nay <khẩn>.", Title: "Không có lệnh xả lũ", Summary: "Hồ chưa đầy.",
		Body: "Mực nước đang **dưới** ngưỡng.\n", Reason: "Có số đo mới", Note: "Thay số của ngày 3.", Published: 20_500, AsOf: 20_499,
		Author: "mmmmmmmmmmmmmmmm", LastEditor: "nnnnnnnnnnnnnnnn", Method: hashA, OneSource: "Chỉ một nơi đo.",
		Hearing: desk.Hearing{State: desk.HearingAsked, Note: "Đã hỏi ban quản lý hồ."},
		Blind:   desk.Classification{Kind: desk.FactKind, AboutPower: true},
		Evidence: []desk.Evidence{
			{Position: 1, Stance: desk.For, URL: "https://a.example/1", Title: "Tin", Publisher: "A", OwnerGroup: "a", Quote: "xả lũ", Locator: "đoạn 2", Dated: 20_498},
			{Position: 2, Stance: desk.Against, URL: "https://b.example/2", Publisher: "B", OwnerGroup: "b", SHA256: hashA, Archived: 20_499},
		},
	}
	if act == desk.WithholdOrder {
		v.Order = desk.Order{Body: "Toà án nhân dân tỉnh X", Date: 20_490, Law: "Điều 17 Luật 116/2025/QH15", Digest: hashA, Lapses: 20_680}
	}
	revision := desk.Revision(v)
	return leaf.VersionOf{
		Check: desk.Check{ID: v.CheckID, DeskID: "aaaaaaaaaaaaaaaa", Lang: "vi"}, Version: v, Owner: new(owner()), Salt: salt, Prev: hashA,
		Approvals: []desk.Approval{
			{MemberID: "nnnnnnnnnnnnnnnn", KeyID: "kkkkkkkkkkkkkkk2", Revision: revision},
			{
				MemberID: "oooooooooooooooo", KeyID: "kkkkkkkkkkkkkkk1", Revision: revision, Signed: true,
				Assertion: []byte(`{"key":"pQEC","authenticator_data":"AAAA","client_data":"e30","signature":"MEUC"}`),
			},
		},
	}
}

// samples is one leaf of every kind, with its content where it has one.
func samples(tb testing.TB) map[string]struct {
	l leaf.Leaf
	c leaf.Content
} {
	tb.Helper()
	type sample = struct {
		l leaf.Leaf
		c leaf.Content
	}
	out := map[string]sample{}
	for _, act := range desk.Acts() {
		l, c, err := leaf.Of(version(act))
		if err != nil {
			tb.Fatal(err)
		}
		out[string(l.Kind)] = sample{l, c}
	}
	page := desk.PolicyPage{
		DeskID: "aaaaaaaaaaaaaaaa", Kind: desk.MethodologyPage, Number: 1, Text: desk.Wording{VI: "Cách làm", EN: "Method"}, Day: 20_400,
		Keys: desk.Keys{ProposedBy: "m", ProposedKey: "kkkkkkkkkkkkkkk2", AgreedBy: "n", AgreedKey: "kkkkkkkkkkkkkkk1"},
	}
	l, c, err := leaf.OfPage(page, "")
	if err != nil {
		tb.Fatal(err)
	}
	out["policy_page"] = sample{l, c}
	if l, c, err = leaf.OfDeclaration(owner(), ""); err != nil {
		tb.Fatal(err)
	}
	out["policy_declaration"] = sample{l, c}
	rotation, err := leaf.OfRotation(secret(tb, 1), secret(tb, 2), 20_500)
	if err != nil {
		tb.Fatal(err)
	}
	out["keys_rotated"] = sample{l: rotation}
	vkey, err := ledger.VerifierKey(secret(tb, 1))
	if err != nil {
		tb.Fatal(err)
	}
	key := desk.ApprovalKey{ID: "kkkkkkkkkkkkkkk1", MemberID: "mmmmmmmmmmmmmmmm"}
	for name, l := range map[string]leaf.Leaf{
		"keys_added":    leaf.OfKey("aaaaaaaaaaaaaaaa", key, []byte("spki"), -7, 20_503, 20_680, 20_500),
		"keys_unsigned": leaf.OfKey("aaaaaaaaaaaaaaaa", key, nil, 0, 20_503, 20_680, 20_500),
		"keys_removed":  leaf.OfKeyGone("aaaaaaaaaaaaaaaa", key.ID, 20_500),
		"keys_log":      {V: 1, Kind: leaf.Keys, Day: 20_500, Reason: leaf.Added, VKey: vkey},
		"restore_lapsed": {
			V: 1, Kind: leaf.Restore, Day: 20_680, Desk: "aaaaaaaaaaaaaaaa", Check: "0123456789abcdef", Rev: 2, Prev: hashA, Reason: leaf.Lapsed,
		},
		"feed": {V: 1, Kind: leaf.Feed, Day: 20_500, Feed: "https://other.example/đường/feed", Reason: leaf.Added},
		"dispute": {
			V: 1, Kind: leaf.Dispute, Day: 20_500, Desk: "aaaaaaaaaaaaaaaa", Check: "0123456789abcdef", Other: "https://other.example/1", Reason: leaf.Removed,
		},
		"demand": {V: 1, Kind: leaf.Demand, Day: 20_500, Requester: "police", Law: "Điều 26", Outcome: "nothing_held"},
		"beat":   {V: 1, Kind: leaf.Beat, Day: 20_500},
	} {
		out[name] = sample{l: l}
	}
	return out
}

func TestGolden(t *testing.T) {
	for name, s := range samples(t) {
		t.Run(name, func(t *testing.T) {
			b, err := s.l.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			text := append(b, '\n')
			if s.c.Body != "" {
				content, err := s.c.Text()
				if err != nil {
					t.Fatal(err)
				}
				text = append(text, content...)
			}
			if *update {
				if err := os.WriteFile(golden, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(text, want) {
				t.Errorf("got\n%s\nwant\n%s", text, want)
			}
			back, err := leaf.Parse(b)
			if err != nil || back != s.l {
				t.Errorf("read back %+v, %v", back, err)
			}
			if s.c.Body != "" {
				if wrong := s.l.Holds(s.c); wrong != nil {
					t.Errorf("its own content does not hold: %q", wrong)
				}
			}
		})
	}
}

// TestNothingOfMembers: no key of a member and no name is in a leaf or beside
// it, and nothing links one author from check to check.
func TestNothingOfMembers(t *testing.T) {
	one, other := version(desk.Publish), version(desk.Publish)
	other.Check.ID, other.Version.CheckID = "fedcba9876543210", "fedcba9876543210"
	author := func(v leaf.VersionOf) string {
		l, c, err := leaf.Of(v)
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.Text()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"mmmmmmmmmmmmmmmm", "nnnnnnnnnnnnnnnn", "oooooooooooooooo", "pQEC"} {
			if bytes.Contains(b, []byte(id)) || bytes.Contains(text, []byte(id)) {
				t.Errorf("%s is published", id)
			}
		}
		var body struct{ Author string }
		if err := json.Unmarshal([]byte(c.Body), &body); err != nil || body.Author == "" {
			t.Fatal(body, err)
		}
		return body.Author
	}
	if author(one) == author(other) {
		t.Error("an author can be followed from check to check")
	}
}

// TestHolds: whatever is changed of a content is noticed.
func TestHolds(t *testing.T) {
	for name, change := range map[string]func(*leaf.Content){
		"salt":      func(c *leaf.Content) { c.Salt = strings.Repeat("00", 32) },
		"body":      func(c *leaf.Content) { c.Body += " " },
		"claim":     func(c *leaf.Content) { c.Claim = "Khác" },
		"source":    func(c *leaf.Content) { c.Evidence[1] += " " },
		"order":     func(c *leaf.Content) { slices.Reverse(c.Evidence) },
		"fewer":     func(c *leaf.Content) { c.Evidence = c.Evidence[:1] },
		"more":      func(c *leaf.Content) { c.Evidence = append(c.Evidence, "{}") },
		"added":     func(c *leaf.Content) { c.Added = "" },
		"approvals": func(c *leaf.Content) { c.Approvals = "[]" },
		"no hex":    func(c *leaf.Content) { c.Salt = "zz" },
	} {
		t.Run(name, func(t *testing.T) {
			l, c, err := leaf.Of(version(desk.Correct))
			if err != nil {
				t.Fatal(err)
			}
			change(&c)
			if l.Holds(c) == nil {
				t.Error("not noticed")
			}
		})
	}
}

// TestRevision: the plain hash of the body is what was approved.
func TestRevision(t *testing.T) {
	v := version(desk.Publish)
	_, c, err := leaf.Of(v)
	if err != nil {
		t.Fatal(err)
	}
	approvals, err := leaf.ParseApprovals(c.Approvals)
	if err != nil || len(approvals) != 2 {
		t.Fatal(approvals, err)
	}
	for _, a := range approvals {
		if a.Revision != desk.HashBytes([]byte(c.Body)) {
			t.Error("the revision is not the hash of the body")
		}
	}
	if approvals[0].Key >= approvals[1].Key || approvals[0].Proof == nil || approvals[1].Proof != nil {
		t.Errorf("%+v", approvals)
	}
}

func TestRefused(t *testing.T) {
	good, err := samples(t)["publish"].l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, next string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%s is not in the sample", old)
		}
		return bytes.Replace(good, []byte(old), []byte(next), 1)
	}
	for name, b := range map[string][]byte{
		"empty":         nil,
		"no object":     []byte(`[]`),
		"too long":      append(bytes.Clone(good), make([]byte, leaf.Max)...),
		"after it":      append(bytes.Clone(good), '\n'),
		"space":         edit(`,"body_h"`, `, "body_h"`),
		"order":         []byte(`{"v":1,"day":"2026-02-01","kind":"beat"}`),
		"twice":         edit(`"v":1`, `"v":1,"v":1`),
		"case":          edit(`"lang"`, `"Lang"`),
		"unknown":       edit(`"v":1`, `"v":1,"who":"x"`),
		"format":        edit(`"v":1`, `"v":2`),
		"no day":        []byte(`{"kind":"beat","v":1}`),
		"other field":   []byte(`{"check":"0123456789abcdef","day":"2026-02-01","kind":"beat","v":1}`),
		"missing":       edit(`"lang":"vi",`, ``),
		"kind":          edit(`"kind":"publish"`, `"kind":"ask"`),
		"hash":          edit(hashA, strings.ToUpper(hashA)),
		"verdict":       edit(`"verdict":"not_true"`, `"verdict":"fake"`),
		"not rated":     edit(`"verdict":"not_true"`, `"verdict":"not_rated"`),
		"signed":        edit(`"signed_n":1`, `"signed_n":3`),
		"raw letters":   edit(`"lang":"vi"`, `"lang":"vĩ"`),
		"second of day": edit(`"day":"2026-02-16"`, `"day":"2026-02-16T10:00:00Z"`),
	} {
		t.Run(name, func(t *testing.T) {
			if l, err := leaf.Parse(b); !errors.Is(err, leaf.ErrLeaf) {
				t.Errorf("read as %+v, %v", l, err)
			}
		})
	}
}

// TestRotation: a change of the log's key that one of the two has not signed is
// no leaf.
func TestRotation(t *testing.T) {
	l := samples(t)["keys_rotated"].l
	other, err := leaf.OfRotation(secret(t, 1), secret(t, 3), l.Day)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*leaf.Leaf){
		"old":  func(l *leaf.Leaf) { l.SignatureOld = other.SignatureOld },
		"new":  func(l *leaf.Leaf) { l.SignatureNew = other.SignatureNew },
		"vkey": func(l *leaf.Leaf) { l.VKey = other.VKey },
		"none": func(l *leaf.Leaf) { l.SignatureOld = "" },
	} {
		changed := l
		change(&changed)
		if _, err := changed.Bytes(); !errors.Is(err, leaf.ErrLeaf) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSize: the longest names still make a leaf.
func TestSize(t *testing.T) {
	v := version(desk.WithholdOrder)
	v.Version.Order.Body, v.Version.Order.Law = strings.Repeat("ễ", 1000), strings.Repeat("\"\\", 1000)
	l, _, err := leaf.Of(v)
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > leaf.Max {
		t.Errorf("%d bytes", len(b))
	}
	big := leaf.OfKey("aaaaaaaaaaaaaaaa", desk.ApprovalKey{ID: "k"}, make([]byte, 550), -257, 1, 2, 1)
	if _, err := big.Bytes(); err != nil {
		t.Error(err)
	}
}

// TestNamesInOrder: a leaf is written in the order of its fields, and its names
// must come in order whichever of them it has. All but two are left out when empty,
// which is how a leaf is held to the fields of its kind.
func TestNamesInOrder(t *testing.T) {
	last := ""
	for f := range reflect.TypeFor[leaf.Leaf]().Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name <= last {
			t.Errorf("%s stands after %s", name, last)
		}
		if always := name == "kind" || name == "v"; always == (options == "omitempty") {
			t.Errorf("%s has the option %q", name, options)
		}
		last = name
	}
}

func BenchmarkParse(b *testing.B) {
	text, err := samples(b)["publish"].l.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := leaf.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range samples(f) {
		b, err := s.l.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"day":"2026-02-01","kind":"beat","v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := leaf.Parse(b)
		if err != nil {
			return
		}
		again, err := l.Bytes()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q is read but written as %q, %v", b, again, err)
		}
		if i := bytes.IndexFunc(b, func(r rune) bool { return r < 0x20 || r > 0x7e }); i >= 0 {
			t.Fatalf("byte %d is no ASCII", i)
		}
	})
}

func FuzzContent(f *testing.F) {
	for _, s := range samples(f) {
		if text, err := s.c.Text(); err == nil && s.c.Body != "" {
			f.Add(text)
		}
	}
	l := samples(f)["publish"].l
	f.Fuzz(func(_ *testing.T, b []byte) {
		c, err := leaf.ParseContent(b)
		if err != nil {
			return
		}
		_ = l.Holds(c)
		_, _ = leaf.ParseApprovals(c.Approvals)
	})
}

func TestSaltSize(t *testing.T) {
	if b, err := hex.DecodeString(leaf.NewSalt([leaf.SaltSize]byte{1})); err != nil || len(b) != leaf.SaltSize {
		t.Error(b, err)
	}
}

// TestPublicKey: the keys that authenticators make come out as standard
// libraries read them, and nothing else comes out.
func TestPublicKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	cose := append(append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), raw[1:33]...), "\x22\x58\x20"...)
	cose = append(cose, raw[33:]...)
	got, alg, err := leaf.PublicKey(cose)
	if err != nil || alg != -7 || !bytes.Equal(got, want) {
		t.Errorf("ES256: %x, %d, %v", got, alg, err)
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, alg, err = leaf.PublicKey(append([]byte("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"), public...))
	if want, _ := x509.MarshalPKIXPublicKey(public); err != nil || alg != -8 || !bytes.Equal(got, want) {
		t.Errorf("EdDSA: %x, %d, %v", got, alg, err)
	}
	n := append([]byte{0xc1}, make([]byte, 255)...)
	got, alg, err = leaf.PublicKey(append(append([]byte("\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00"), n...), "\x21\x43\x01\x00\x01"...))
	if back, perr := x509.ParsePKIXPublicKey(got); err != nil || perr != nil || alg != -257 {
		t.Errorf("RS256: %v, %d, %v, %v", back, alg, err, perr)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "cut off": cose[:40], "more": append(bytes.Clone(cose), 0), "not on the curve": append(bytes.Clone(cose[:len(cose)-1]), cose[len(cose)-1]^1),
	} {
		if _, _, err := leaf.PublicKey(b); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
}

func FuzzPublicKey(f *testing.F) {
	f.Add([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x41\x20\x22\x41\x20"))
	f.Add([]byte("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"))
	f.Fuzz(func(t *testing.T, b []byte) {
		spki, _, err := leaf.PublicKey(b)
		if err != nil {
			return
		}
		if _, err := x509.ParsePKIXPublicKey(spki); err != nil {
			t.Fatal(err)
		}
	})
}
