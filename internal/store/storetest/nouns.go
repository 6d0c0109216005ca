package storetest

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

const (
	localDesk   = "desk-local"
	stateDesk   = "desk-state"
	foreignDesk = "desk-foreign"
	revision    = "revision-1"
)

// world holds what most parts of the contract need: three desks, and members
// "ann", "bob" and "cat" of the local one, "sam" and "sue" of the state's.
func world(t *testing.T, db *store.DB) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		for _, d := range []desk.Desk{
			{ID: localDesk, Local: true, Name: "Bàn của ta", Lang: "vi", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown},
			{ID: stateDesk, Local: true, Name: "Bàn của sở", Lang: "vi", OwnerKind: desk.OwnerState, FunderKind: desk.OwnerState},
			{ID: foreignDesk, Name: "Elsewhere", URL: "https://elsewhere.example", Lang: "en", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown},
		} {
			if err := tx.PutDesk(d); err != nil {
				return err
			}
		}
		for id, deskID := range map[string]string{"ann": localDesk, "bob": localDesk, "cat": localDesk, "sam": stateDesk, "sue": stateDesk} {
			if err := tx.PutMember(desk.Member{ID: id, DeskID: deskID, Name: id, Role: desk.Editor, KeyID: "key-" + id}); err != nil {
				return err
			}
		}
		return nil
	})
}

func localCheck(id string) desk.Check { return desk.Check{ID: id, DeskID: localDesk, Lang: "vi"} }

func importedCheck(id string) desk.Check {
	return desk.Check{ID: id, DeskID: foreignDesk, Lang: "en", SourceURL: "https://elsewhere.example/" + id}
}

// localVersion is a version that breaks no rule.
func localVersion(checkID string, number int) desk.Version {
	act := desk.Publish
	if number > 1 {
		act = desk.Correct
	}
	return desk.Version{
		CheckID: checkID, Number: number, Act: act, Kind: desk.FactKind, ClaimantKind: desk.ClaimantUnknown,
		Verdict: desk.NotTrue, Topic: "health", Claim: "Uống nước chanh chữa được cúm", Title: "Nước chanh",
		Summary: "Không có nghiên cứu nào cho thấy điều đó.", Published: 20_000, Author: "ann",
		Blind: desk.Classification{Kind: desk.FactKind}, Reason: "error", Note: "Có số liệu mới.",
	}
}

func importedVersion(checkID string, number int) desk.Version {
	return desk.Version{
		CheckID: checkID, Number: number, Act: desk.ImportAct, Rating: "Mostly false", Topic: "other",
		Claim: "Lemon water cures the flu", Title: "Lemon water", Published: 19_000,
	}
}

func approvals(members ...string) []desk.Approval {
	var out []desk.Approval
	for _, m := range members {
		out = append(out, desk.Approval{MemberID: m, KeyID: "key-" + m, Revision: revision, Signed: m == "ann"})
	}
	return out
}

func mac(label string, n int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", label, n))
	return sum[:]
}

func waitingClaim(id string, opened desk.Day) desk.Claim {
	return desk.Claim{ID: id, DeskID: localDesk, State: desk.Waiting, Lang: "vi", Opened: opened}
}

func question(n int, claimID, text string) desk.Question {
	return desk.Question{
		ID: fmt.Sprintf("question%08d", n), ClaimID: claimID, Day: 20_000,
		ReceiptMAC: mac("receipt", n), TextMAC: mac("text", n), Text: desk.StoredText(text),
	}
}

func update(t *testing.T, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// refused runs fn alone in a transaction and wants an error of this kind.
func refused(t *testing.T, db *store.DB, want desk.ErrorKind, what string, fn func(tx *store.Tx) error) {
	t.Helper()
	err := db.Update(t.Context(), fn)
	if err == nil || desk.KindOf(err) != want {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}
