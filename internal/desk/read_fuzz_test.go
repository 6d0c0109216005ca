package desk_test

import (
	"bytes"
	"testing"

	"sangto/internal/desk"
)

// What a mirror sends is read back only if it would be written the same again:
// otherwise a repair could put a row under a hash that is not its own.

func FuzzReadVersion(f *testing.F) {
	v := desk.Version{
		CheckID: "abc", Act: desk.Publish, Claim: "Một câu", Title: "Tựa", Author: "m1", LastEditor: "m2", AsOf: 20_000, Verdict: desk.NotTrue,
		Evidence: []desk.Evidence{{Position: 1, Stance: "refutes", URL: "https://nguon.example/a", Quote: "lời \"trích\" <b>"}},
	}
	f.Add(desk.VersionBytes(v), desk.AddedBytes(v))
	f.Add(desk.VersionBytes(desk.Version{}), desk.AddedBytes(desk.Version{}))
	f.Add([]byte(`{"check":"abc","check":"abd"}`), []byte(`{}`))
	f.Add([]byte(`{"evidence":null}`), []byte(`null`))
	f.Add([]byte(`[]`), []byte("{} {}"))
	f.Fuzz(func(t *testing.T, body, added []byte) {
		got, err := desk.ReadVersion(body, added, []string{"m1", "m2"})
		if err != nil {
			if k := desk.KindOf(err); k != desk.Invalid && k != desk.NotFound {
				t.Fatalf("a refusal of kind %v: %v", k, err)
			}
			return
		}
		if !bytes.Equal(desk.VersionBytes(got), body) || !bytes.Equal(desk.AddedBytes(got), added) {
			t.Fatal("read, but not as it was written")
		}
	})
}

func FuzzReadPage(f *testing.F) {
	f.Add(desk.PageBytes(desk.PolicyPage{DeskID: "d", Kind: "corrections", Number: 2, Text: desk.Wording{VI: "Sửa sai", EN: "Corrections"}}))
	f.Add(desk.DeclarationBytes(desk.Declaration{DeskID: "d", Number: 1, Owner: "Hợp tác xã", Funders: "Bạn đọc", Note: desk.Wording{VI: "a", EN: "b"}}))
	f.Add([]byte(`{"desk":1}`))
	f.Add([]byte(`{"number":1e400}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := desk.ReadPage(b); err == nil && !bytes.Equal(desk.PageBytes(p), b) {
			t.Fatal("a page was read, but not as it was written")
		} else if err != nil && desk.KindOf(err) != desk.Invalid {
			t.Fatalf("a refusal of another kind: %v", err)
		}
		if d, err := desk.ReadDeclaration(b); err == nil && !bytes.Equal(desk.DeclarationBytes(d), b) {
			t.Fatal("a declaration was read, but not as it was written")
		} else if err != nil && desk.KindOf(err) != desk.Invalid {
			t.Fatalf("a refusal of another kind: %v", err)
		}
	})
}

// TestReadBack: the seeds above are read, so that the fuzzing does not stay
// outside of what it is for.
func TestReadBack(t *testing.T) {
	v := desk.Version{CheckID: "abc", Act: desk.Publish, Claim: "Một câu", Author: "m1", LastEditor: "m2", Evidence: []desk.Evidence{{Position: 1, URL: "https://nguon.example/a"}}}
	got, err := desk.ReadVersion(desk.VersionBytes(v), desk.AddedBytes(v), []string{"m0", "m1", "m2"})
	if err != nil || got.Author != "m1" || got.LastEditor != "m2" || len(got.Evidence) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := desk.ReadVersion(desk.VersionBytes(v), desk.AddedBytes(v), []string{"m2"}); desk.KindOf(err) != desk.NotFound {
		t.Errorf("an author nobody knows: %v", err)
	}
	if _, err := desk.ReadVersion(append(desk.VersionBytes(v), ' '), desk.AddedBytes(v), []string{"m1", "m2"}); desk.KindOf(err) != desk.Invalid {
		t.Errorf("a byte more: %v", err)
	}
}
