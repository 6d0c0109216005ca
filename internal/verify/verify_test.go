package verify_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/testkit"
	"sangto/internal/verify"
	"sangto/internal/verify/verifytest"
	"sangto/ledger"
)

func TestWholeRecord(t *testing.T) {
	b := verifytest.New(t).Publish(45)
	r := run(t, memory(b.Files()), options())
	if !r.OK || len(r.Problems) != 0 {
		t.Fatalf("%+v", r.Problems)
	}
	if r.Size != int64(len(b.Entries)) || r.Origin != origin || r.Checked.Checks != 45 || r.Checked.Contents != len(b.Contents) {
		t.Errorf("%+v", r)
	}
	if r.Checked.Signed < 90 || r.Checked.Approvals-r.Checked.Signed != 2 {
		t.Errorf("%d of %d approvals signed; those of the page are not", r.Checked.Signed, r.Checked.Approvals)
	}
}

// TestEveryTamperingIsFound is T25: a log of a thousand leaves, whose files are
// flipped, deleted, swapped and cut, one at a time, and which is reordered,
// truncated and forked with the log's own key.
func TestEveryTamperingIsFound(t *testing.T) {
	b := verifytest.Start(t, true).Publish(850)
	whole := b.Files()
	if r := run(t, memory(whole), options()); !r.OK || r.Size < 1000 {
		t.Fatalf("%d entries, %v", r.Size, r.Problems)
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range whole {
			if !yield(name) {
				return
			}
		}
	})
	every := testkit.Size(600, 160, 40)
	tried := 0
	missed := func(what string, files map[string][]byte) {
		t.Helper()
		tried++
		r, err := verify.Run(t.Context(), memory(files), options())
		if err == nil && r.OK {
			t.Errorf("not found: %s", what)
		}
	}
	for i, name := range names {
		if name == "log/key" || i%every != 0 && strings.HasPrefix(name, "log/content/") {
			continue
		}
		files := copied(whole)
		delete(files, name)
		missed("deleted "+name, files)
		data := whole[name]
		for _, at := range []int{0, len(data) / 3, len(data) / 2, len(data) - 1} {
			if at == len(data)-1 && strings.HasPrefix(name, "log/content/") {
				continue // the line end after the JSON says nothing
			}
			files := copied(whole)
			files[name] = bytes.Clone(data)
			files[name][at] ^= 1
			missed(fmt.Sprintf("flipped byte %d of %s", at, name), files)
		}
		files = copied(whole)
		files[name] = data[:len(data)-2]
		missed("cut "+name, files)
		if other := names[(i+1)%len(names)]; other != "log/key" {
			files = copied(whole)
			files[name], files[other] = whole[other], whole[name]
			missed("swapped "+name+" and "+other, files)
		}
	}
	t.Attr("damages", fmt.Sprint(tried))
	t.Logf("%d damages to files", tried)
}

// TestWordsAreThoseOfTheirHash rewrites, one after another, everything that only
// the hashes of a leaf cover: the salt, the sentence, a source, what publishing
// added, and words together with the revision that approvals name. All else is made
// to fit, as an operator would.
func TestWordsAreThoseOfTheirHash(t *testing.T) {
	b := verifytest.Start(t, true)
	at := b.Act(verifytest.CheckID(1), 1, desk.Publish)
	whole := b.Files()
	path := verify.ContentPath(int64(at))
	for name, change := range map[string]func(c *leaf.Content){
		"the salt":             func(c *leaf.Content) { c.Salt = strings.Repeat("ab", len(c.Salt)/2) },
		"the claim":            func(c *leaf.Content) { c.Claim += " hôm qua" },
		"what was added":       func(c *leaf.Content) { c.Added = strings.Replace(c.Added, "}", " }", 1) },
		"a source":             func(c *leaf.Content) { c.Evidence[0] = strings.Replace(c.Evidence[0], "https", "http", 1) },
		"a source less":        func(c *leaf.Content) { c.Evidence = c.Evidence[1:] },
		"the approvals' order": func(c *leaf.Content) { c.Approvals = " " + c.Approvals },
		"the text and the revision": func(c *leaf.Content) {
			before := desk.HashBytes([]byte(c.Body))
			c.Body = strings.Replace(c.Body, `"summary":"`, `"summary":"Không. `, 1)
			c.Approvals = strings.ReplaceAll(c.Approvals, before, desk.HashBytes([]byte(c.Body)))
		},
	} {
		c, err := leaf.ParseContent(whole[path])
		must(t, err)
		change(&c)
		files := copied(whole)
		files[path], err = c.Text()
		must(t, err)
		if bytes.Equal(files[path], whole[path]) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if r := run(t, memory(files), options()); kinds(r)[verify.Content] == 0 {
			t.Errorf("%s was rewritten and not found: %v", name, r.Problems)
		}
	}
}

// TestEveryLeafCounts changes one leaf of a thousand after another, tiles,
// root and signature made anew by an operator who has the log's key, and is told
// apart by the checkpoint that somebody kept.
func TestEveryLeafCounts(t *testing.T) {
	b := verifytest.Start(t, true)
	for len(b.Entries) < 1000 {
		b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Demand, Day: b.Day, Requester: "police", Outcome: "nothing_held", Law: fmt.Sprint("Điều ", len(b.Entries))})
	}
	before := b.Files()
	kept := before["log/checkpoint"]
	entries := b.Entries
	step := 31
	if testing.Short() {
		step = 211
	}
	changes := map[string]func(i int) [][]byte{
		"changed": func(i int) [][]byte {
			out := slices.Clone(entries)
			out[i] = bytes.Replace(out[i], []byte(`"nothing_held"`), []byte(`"refused"`), 1)
			return out
		},
		"removed": func(i int) [][]byte { return slices.Delete(slices.Clone(entries), i, i+1) },
		"doubled": func(i int) [][]byte { return slices.Insert(slices.Clone(entries), i, entries[i]) },
		"cut off": func(i int) [][]byte { return slices.Clone(entries[:i]) },
		"another in its place": func(i int) [][]byte {
			out := slices.Clone(entries)
			raw, err := leaf.Leaf{V: 1, Kind: leaf.Beat, Day: b.Day}.Bytes()
			must(t, err)
			out[i] = raw
			return out
		},
	}
	n := 0
	for name, change := range changes {
		for i := 10; i < len(entries); i += step {
			forged := *b
			forged.Entries = change(i)
			o := options()
			o.Since = kept
			r, err := verify.Run(t.Context(), memory(forged.Files()), o)
			if n++; err == nil && r.Whole() {
				t.Errorf("leaf %d %s: not found", i, name)
			}
		}
	}
	o := options()
	o.Since = kept
	if r := run(t, memory(before), o); !r.OK {
		t.Errorf("the record itself: %v", r.Problems)
	}
	t.Logf("%d forged records", n)
}

// TestReorderedWithinAnHonestRoot swaps entries under a root that was made for
// them: hashes all agree, and what the leaves say of each other does not.
func TestReorderedWithinAnHonestRoot(t *testing.T) {
	b := verifytest.New(t)
	id := verifytest.CheckID(1)
	first := b.Act(id, 1, desk.Publish)
	second := b.Act(id, 2, desk.Correct)
	b.Entries[first], b.Entries[second] = b.Entries[second], b.Entries[first]
	b.Contents[first], b.Contents[second] = b.Contents[second], b.Contents[first]
	r := run(t, memory(b.Files()), options())
	if kinds(r)[verify.Chain] < 2 {
		t.Errorf("%v", r.Problems)
	}
}

// TestForkIsSeenTheSecondTime keeps a state between two runs.
func TestForkIsSeenTheSecondTime(t *testing.T) {
	b := verifytest.New(t).Publish(300)
	o := options()
	o.State = verify.OpenState(t.TempDir())
	if r := run(t, memory(b.Files()), o); !r.OK || r.Notes[0].Kind != verify.FirstUse {
		t.Fatalf("%+v", r)
	}
	grown := b.Branch()
	grown.Publish(3)
	r := run(t, memory(grown.Files()), o)
	if !r.OK || r.Since != int64(len(b.Entries)) {
		t.Fatalf("grown: %+v", r)
	}
	// The history that was shown first goes on in another way.
	fork := b.Branch()
	fork.Publish(5)
	if r := run(t, memory(fork.Files()), o); kinds(r)[verify.Fork] == 0 {
		t.Errorf("a fork of the grown record: %+v", r)
	}
	if r := run(t, memory(b.Files()), o); kinds(r)[verify.Fork] == 0 {
		t.Errorf("the record before it grew: %+v", r)
	}
	// What was seen is not forgotten because something was wrong meanwhile, and the
	// same record somewhere else is held to it, too.
	elsewhere := memory(fork.Files())
	elsewhere.Name = "elsewhere"
	if r := run(t, elsewhere, o); kinds(r)[verify.Fork] == 0 {
		t.Errorf("the fork at another address: %+v", r)
	}
	if r := run(t, memory(grown.Files()), o); !r.OK {
		t.Errorf("the grown record again: %v", r.Problems)
	}
}

func TestAnotherKeyIsNotBelieved(t *testing.T) {
	b := verifytest.New(t).Publish(3)
	o := options()
	o.State = verify.OpenState(t.TempDir())
	run(t, memory(b.Files()), o)
	other := b.Branch()
	skey, vkey, err := ledger.GenerateKey(verifytest.Seed(8), origin)
	must(t, err)
	other.SKey, other.VKey = skey, vkey
	if r := run(t, memory(other.Files()), o); kinds(r)[verify.Checkpoint] == 0 {
		t.Errorf("a key that nobody announced: %+v", r)
	}
	// Announced: a leaf that both keys signed, and both sign the checkpoint.
	l, err := leaf.OfRotation(b.SKey, skey, b.Day)
	must(t, err)
	rotated := b.Branch()
	rotated.Leaf(l)
	rotated.SKey, rotated.VKey, rotated.SignedBy = skey, vkey, []string{b.SKey}
	r := run(t, memory(rotated.Files()), o)
	if !r.OK || !slices.ContainsFunc(r.Notes, func(n verify.Note) bool { return n.Kind == verify.NewKey }) {
		t.Fatalf("an announced key: %+v", r)
	}
	// From then on the new key alone is enough.
	rotated.SignedBy = nil
	if r := run(t, memory(rotated.Files()), o); !r.OK {
		t.Errorf("the new key alone: %v", r.Problems)
	}
	// And a record that goes on under the old one is not what it said.
	rotated.SKey, rotated.SignedBy = b.SKey, nil
	if r := run(t, memory(rotated.Files()), o); kinds(r)[verify.Key] == 0 {
		t.Errorf("the old key again: %+v", r)
	}
}

func TestWordsThatAreGone(t *testing.T) {
	b := verifytest.New(t)
	erased, withheld, lapsed := verifytest.CheckID(1), verifytest.CheckID(2), verifytest.CheckID(3)
	erasedAt := b.Act(erased, 1, desk.Publish)
	b.Act(erased, 2, desk.ErasePersonal)
	withheldAt := []int{b.Act(withheld, 1, desk.Publish), b.Act(withheld, 2, desk.WithholdOrder)}
	lapsedAt := []int{b.Act(lapsed, 1, desk.Publish), b.Act(lapsed, 2, desk.WithholdOrder)}
	b.Day += 180
	b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Restore, Day: b.Day, Desk: deskID, Check: lapsed, Rev: 2, Prev: b.Prev[lapsed], Reason: leaf.Lapsed})
	whole := b.Files()
	gone := func(at ...int) map[string][]byte {
		files := copied(whole)
		for _, i := range at {
			delete(files, verify.ContentPath(int64(i)))
		}
		return files
	}
	for name, c := range map[string]struct {
		files map[string][]byte
		want  int
	}{
		"all there":                       {whole, 0},
		"erased":                          {gone(erasedAt), 0},
		"withheld":                        {gone(withheldAt...), 0},
		"the version that erases":         {gone(erasedAt + 1), 1},
		"an order that ended":             {gone(lapsedAt...), 2},
		"a declaration":                   {gone(1), 1},
		"erased, withheld and one more":   {gone(erasedAt, withheldAt[0], lapsedAt[0]), 1},
		"the methodology, which is plain": {gone(5), 1},
	} {
		r := run(t, memory(c.files), verify.Options{Today: b.Day})
		if kinds(r)[verify.Content] != c.want || len(r.Problems) != c.want {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

// TestApprovals bends one approval at a time.
func TestApprovals(t *testing.T) {
	d := verifytest.Devices()
	approvals := func(of *leaf.VersionOf, by ...verifytest.Device) []desk.Approval {
		var out []desk.Approval
		for _, s := range by {
			out = append(out, s.Assent(t, desk.Revision(of.Version)))
		}
		return out
	}
	replaced := func(change func(*leaf.Assertion), revision string, s verifytest.Device) desk.Approval {
		a := s.Assertion(t, revision, siteURL, "desk.example", 0x05)
		change(&a)
		out := s.Assent(t, revision)
		out.Assertion = fmt.Appendf(nil, `{"authenticator_data":%q,"client_data":%q,"signature":%q}`, a.AuthenticatorData, a.ClientData, a.Signature)
		return out
	}
	young := verifytest.Device{ID: "kkkkkkkkkkkkkk04", Alg: d[0].Alg, Key: d[0].Key, SPKI: d[0].SPKI}
	unknown := verifytest.Device{ID: "kkkkkkkkkkkkkk09", Alg: d[0].Alg, Key: d[0].Key}
	named := verifytest.Device{ID: "kkkkkkkkkkkkkk05"}
	for name, c := range map[string]struct {
		act    desk.Act
		change func(b *verifytest.Book, of *leaf.VersionOf)
		want   string // part of the problem, empty for none
	}{
		"two keys":         {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) { of.Approvals = approvals(of, d[2], d[0]) }, ""},
		"one key":          {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) { of.Approvals = approvals(of, d[0]) }, "1 keys approved"},
		"one key twice":    {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) { of.Approvals = approvals(of, d[0], d[0]) }, "1 keys approved"},
		"two for an order": {desk.WithholdOrder, func(_ *verifytest.Book, of *leaf.VersionOf) { of.Approvals = approvals(of, d[0], d[1]) }, "it takes 3"},
		"another text": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			of.Approvals = approvals(of, d[0], d[1])
			of.Version.Summary = "Hồ đã đầy."
		}, "another text"},
		"an unknown key": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) { of.Approvals = approvals(of, d[0], unknown) }, "was not on the record"},
		"a key too young": {desk.Publish, func(b *verifytest.Book, of *leaf.VersionOf) {
			b.Leaf(leaf.OfKey(deskID, desk.ApprovalKey{ID: young.ID}, young.SPKI, young.Alg, b.Day+3, b.Day+180, b.Day))
			of.Approvals = approvals(of, d[0], young)
		}, "was good from"},
		"a key too old": {desk.Publish, func(b *verifytest.Book, of *leaf.VersionOf) {
			b.Day += 181
			of.Version.Published = b.Day
			of.Approvals = approvals(of, d[0], d[1])
		}, "was good from"},
		"a key removed": {desk.Publish, func(b *verifytest.Book, of *leaf.VersionOf) {
			b.Leaf(leaf.OfKeyGone(deskID, d[1].ID, b.Day))
			of.Approvals = approvals(of, d[0], d[1])
		}, "had been removed"},
		"a key of another desk": {desk.Publish, func(b *verifytest.Book, of *leaf.VersionOf) {
			b.Leaf(leaf.OfKey("bbbbbbbbbbbbbbbb", desk.ApprovalKey{ID: young.ID}, young.SPKI, young.Alg, b.Day, b.Day+180, b.Day))
			of.Approvals = approvals(of, d[0], young)
		}, "of another desk"},
		"a name instead of a signature": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			of.Approvals = approvals(of, d[0], d[1])
			of.Approvals[1].Signed, of.Approvals[1].Assertion = false, nil
		}, "is not signed, though"},
		"a key without a passkey": {desk.Publish, func(b *verifytest.Book, of *leaf.VersionOf) {
			b.Leaf(leaf.OfKey(deskID, desk.ApprovalKey{ID: named.ID}, nil, 0, b.Day, b.Day+180, b.Day))
			of.Approvals = append(approvals(of, d[0]), desk.Approval{KeyID: named.ID, Revision: desk.Revision(of.Version)})
		}, ""},
		"the signature of another key": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			of.Approvals = approvals(of, d[0], verifytest.Device{ID: d[1].ID, Alg: -7, Key: d[0].Key})
		}, "does not hold"},
		"a flipped signature": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			r := desk.Revision(of.Version)
			of.Approvals = []desk.Approval{d[0].Assent(t, r), replaced(func(a *leaf.Assertion) {
				raw, _ := b64.DecodeString(a.Signature)
				raw[20] ^= 4
				a.Signature = b64.EncodeToString(raw)
			}, r, d[1])}
		}, "does not hold"},
		"no signature at all": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			r := desk.Revision(of.Version)
			of.Approvals = []desk.Approval{d[0].Assent(t, r), replaced(func(a *leaf.Assertion) { a.Signature = "" }, r, d[1])}
		}, "does not hold"},
		"for another revision": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			r := desk.Revision(of.Version)
			other := d[1].Assertion(t, strings.Repeat("ab", 32), siteURL, "desk.example", 0x05)
			of.Approvals = []desk.Approval{d[0].Assent(t, r), replaced(func(a *leaf.Assertion) { *a = other }, r, d[1])}
		}, "signed another text"},
		"at another site": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			r := desk.Revision(of.Version)
			other := d[1].Assertion(t, r, siteURL, "elsewhere.example", 0x05)
			of.Approvals = []desk.Approval{d[0].Assent(t, r), replaced(func(a *leaf.Assertion) { *a = other }, r, d[1])}
		}, "another site"},
		"nobody was there": {desk.Publish, func(_ *verifytest.Book, of *leaf.VersionOf) {
			r := desk.Revision(of.Version)
			other := d[1].Assertion(t, r, siteURL, "desk.example", 0x01)
			of.Approvals = []desk.Approval{d[0].Assent(t, r), replaced(func(a *leaf.Assertion) { *a = other }, r, d[1])}
		}, "did not make sure"},
	} {
		t.Run(name, func(t *testing.T) {
			b := verifytest.New(t)
			id := verifytest.CheckID(1)
			rev := 1
			if c.act != desk.Publish {
				b.Act(id, 1, desk.Publish)
				rev = 2
			}
			b.Act(id, rev, c.act, func(of *leaf.VersionOf) {
				c.change(b, of)
				of.Prev = b.Prev[id]
			})
			r := run(t, memory(b.Files()), verify.Options{Today: b.Day})
			if c.want == "" {
				if !r.OK {
					t.Errorf("%v", r.Problems)
				}
				return
			}
			if !slices.ContainsFunc(r.Problems, func(p verify.Problem) bool { return p.Kind == verify.Approval && strings.Contains(p.Text, c.want) }) {
				t.Errorf("want %q, got %v", c.want, r.Problems)
			}
		})
	}
}

// TestRulesOfTheRecord plants leaves that no honest desk writes.
func TestRulesOfTheRecord(t *testing.T) {
	d := verifytest.Devices()
	key := func(id string, good, until, day desk.Day) leaf.Leaf {
		return leaf.OfKey(deskID, desk.ApprovalKey{ID: id}, d[0].SPKI, d[0].Alg, good, until, day)
	}
	for name, c := range map[string]struct {
		plant func(b *verifytest.Book)
		kind  verify.Kind
		want  string
	}{
		"a gap in the versions": {func(b *verifytest.Book) {
			b.Act(verifytest.CheckID(1), 1, desk.Publish)
			b.Act(verifytest.CheckID(1), 3, desk.Correct)
		}, verify.Chain, "version 3"},
		"a correction of nothing": {func(b *verifytest.Book) { b.Act(verifytest.CheckID(1), 1, desk.Correct) }, verify.Leaf, "recorded as correct"},
		"published twice": {func(b *verifytest.Book) {
			b.Act(verifytest.CheckID(1), 1, desk.Publish)
			b.Act(verifytest.CheckID(1), 2, desk.Publish)
		}, verify.Leaf, "recorded as publish"},
		"a chain that is cut": {func(b *verifytest.Book) {
			b.Act(verifytest.CheckID(1), 1, desk.Publish)
			b.Act(verifytest.CheckID(1), 2, desk.Correct, func(of *leaf.VersionOf) { of.Prev = "" })
		}, verify.Chain, "does not follow"},
		"an unknown methodology": {func(b *verifytest.Book) {
			b.Method = strings.Repeat("ab", 32)
			b.Act(verifytest.CheckID(1), 1, desk.Publish)
		}, verify.Leaf, "methodology"},
		"an unknown declaration":    {func(b *verifytest.Book) { b.Owner.Owner = "Ai đó"; b.Act(verifytest.CheckID(1), 1, desk.Publish) }, verify.Leaf, "declaration"},
		"a key that lives too long": {func(b *verifytest.Book) { b.Leaf(key("kkkkkkkkkkkkkk07", b.Day, b.Day+181, b.Day)) }, verify.Key, "longer than"},
		"a key that does not wait": {func(b *verifytest.Book) {
			b.Act(verifytest.CheckID(1), 1, desk.Publish)
			b.Leaf(key("kkkkkkkkkkkkkk07", b.Day+2, b.Day+180, b.Day))
		}, verify.Key, "less than 3 days"},
		"a key twice":                  {func(b *verifytest.Book) { b.Leaf(key(d[0].ID, b.Day, b.Day+100, b.Day)) }, verify.Key, "added twice"},
		"a key removed that never was": {func(b *verifytest.Book) { b.Leaf(leaf.OfKeyGone(deskID, "kkkkkkkkkkkkkk07", b.Day)) }, verify.Key, "without having been"},
		"an order that ends early": {func(b *verifytest.Book) {
			id := verifytest.CheckID(1)
			b.Act(id, 1, desk.Publish)
			b.Act(id, 2, desk.WithholdOrder)
			b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Restore, Day: b.Day + 2, Desk: deskID, Check: id, Rev: 2, Prev: b.Prev[id], Reason: leaf.Lapsed})
		}, verify.Leaf, "before its day"},
		"a verdict in its own cause": {func(b *verifytest.Book) {
			b.Owner.OwnerKind = desk.OwnerState
			l, c, err := leaf.OfDeclaration(b.Owner, b.Prev[leaf.DeclarationPage])
			must(t, err)
			l.Rev = 1
			b.With(l, c)
			b.Act(verifytest.CheckID(1), 1, desk.Publish, func(of *leaf.VersionOf) { of.Version.AboutPower = true })
		}, verify.Rule, "public power"},
		"no entry at all but noise": {func(b *verifytest.Book) { b.Entries = append(b.Entries, []byte(`{"v":1}`)) }, verify.Leaf, "no entry of a record"},
		"the log's key without signature": {func(b *verifytest.Book) {
			_, vkey, err := ledger.GenerateKey(verifytest.Seed(9), origin)
			must(t, err)
			b.Leaf(leaf.Leaf{V: 1, Kind: leaf.Keys, Day: b.Day, Reason: leaf.Added, VKey: vkey})
		}, verify.Key, "without the old key"},
	} {
		t.Run(name, func(t *testing.T) {
			b := verifytest.New(t)
			c.plant(b)
			r := run(t, memory(b.Files()), options())
			if !slices.ContainsFunc(r.Problems, func(p verify.Problem) bool { return p.Kind == c.kind && strings.Contains(p.Text, c.want) }) {
				t.Errorf("want %s %q, got %v", c.kind, c.want, r.Problems)
			}
		})
	}
}

func TestMirrorsAreCompared(t *testing.T) {
	b := verifytest.New(t).Publish(20)
	old := b.Files()
	grown := b.Branch()
	grown.Publish(2)
	fork := b.Branch()
	fork.Publish(4)
	o := options()
	o.Mirrors = []verify.Place{memory(old), memory(grown.Files())}
	if r := run(t, memory(grown.Files()), o); !r.OK || r.Checked.Mirrors != 2 {
		t.Errorf("%+v", r)
	}
	o.Mirrors = []verify.Place{memory(grown.Files())}
	if r := run(t, memory(old), o); !r.OK || r.Checked.Mirrors != 1 {
		t.Errorf("a mirror that is further: %+v", r)
	}
	o.Mirrors = []verify.Place{memory(fork.Files())}
	if r := run(t, memory(grown.Files()), o); kinds(r)[verify.Mirror] != 1 {
		t.Errorf("a mirror of the other history: %+v", r)
	}
	o.Mirrors = []verify.Place{memory(nil)}
	if r := run(t, memory(grown.Files()), o); r.OK || !r.Whole() || len(r.Unchecked) != 1 {
		t.Errorf("a mirror that is empty: %+v", r)
	}
}

func TestPolicy(t *testing.T) {
	b := verifytest.New(t).Publish(2)
	_, other, err := ledger.GenerateKey(verifytest.Seed(8), origin)
	must(t, err)
	w, err := ledger.NewCosigner("witness.example/w1", []byte(strings.Repeat("w", 64)), nil)
	must(t, err)
	o := options()
	o.Policy = []byte("log " + b.VKey + "\nquorum none\n")
	files := b.Files()
	delete(files, "log/key")
	if r := run(t, memory(files), o); !r.OK {
		t.Errorf("%v", r.Problems)
	}
	o.Policy = []byte("log " + other + "\nquorum none\n")
	if r := run(t, memory(files), o); kinds(r)[verify.Checkpoint] != 1 {
		t.Errorf("another key: %v", r.Problems)
	}
	o.Policy = []byte("log " + b.VKey + "\nwitness w1 " + w.VerifierKey() + "\nquorum w1\n")
	if r := run(t, memory(files), o); kinds(r)[verify.Quorum] != 1 || len(r.Problems) != 1 {
		t.Errorf("no witness: %v", r.Problems)
	}
	o.Policy = []byte("nonsense")
	if _, err := verify.Run(t.Context(), memory(files), o); err == nil {
		t.Error("a policy that is none")
	}
	o.Policy = nil
	if _, err := verify.Run(t.Context(), memory(files), o); err == nil || !strings.Contains(err.Error(), "--policy") {
		t.Errorf("no key and no policy: %v", err)
	}
}

// A state that cannot be read is no fresh beginning.
func TestDamagedStateIsNotForgotten(t *testing.T) {
	b := verifytest.New(t).Publish(2)
	dir := t.TempDir()
	o := options()
	o.State = verify.OpenState(dir)
	run(t, memory(b.Files()), o)
	all, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range all {
		must(t, os.WriteFile(dir+"/"+e.Name(), []byte("{"), 0o600))
	}
	if _, err := verify.Run(t.Context(), memory(b.Files()), o); err == nil {
		t.Error("a damaged state is a fresh beginning")
	}
}

func TestFolders(t *testing.T) {
	b := verifytest.New(t).Publish(3)
	dir := t.TempDir()
	verifytest.Lay(t, dir, b.Files())
	for _, at := range []string{dir, dir + "/log"} {
		p, err := verify.Folder(at)
		must(t, err)
		if r := run(t, p, options()); !r.OK {
			t.Errorf("%s: %v", at, r.Problems)
		}
	}
	if _, err := verify.Folder(dir + "/nothing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	p, err := verify.Folder(t.TempDir())
	must(t, err)
	if _, err := verify.Run(t.Context(), p, options()); err == nil {
		t.Error("an empty folder is whole")
	}
}
