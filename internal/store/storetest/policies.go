package storetest

import (
	"errors"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// admins makes "ann" and "bob" of the local desk admins.
func admins(t *testing.T, db *store.DB) {
	t.Helper()
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for _, id := range []string{"ann", "bob"} {
			if err := tx.PutMember(desk.Member{ID: id, DeskID: localDesk, Name: id, Role: desk.Admin, KeyID: "key-" + id}); err != nil {
				return err
			}
		}
		return nil
	})
}

func twoKeys(first, second string) desk.Keys {
	return desk.Keys{ProposedBy: first, ProposedKey: "key-" + first, AgreedBy: second, AgreedKey: "key-" + second}
}

func policyPage(kind desk.PageKind, n int) desk.PolicyPage {
	p := desk.PolicyPage{
		DeskID: localDesk, Kind: kind, Number: n, Text: desk.Wording{VI: "Cách làm của chúng tôi", EN: "How we work"},
		Day: 20_000, Keys: twoKeys("ann", "bob"),
	}
	p.SHA256 = desk.HashBytes(desk.PageBytes(p))
	return p
}

func testPolicies(t *testing.T, db *store.DB) {
	admins(t, db)
	first, second, other := policyPage(desk.MethodologyPage, 1), policyPage(desk.MethodologyPage, 2), policyPage(desk.FundingPage, 1)
	second.Text.EN, second.Day = "", 20_050
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddPolicyPage(first), tx.AddPolicyPage(second), tx.AddPolicyPage(other))
	})
	view(t, db, func(tx *store.Tx) error {
		newest, err := tx.PolicyPages(localDesk)
		same(t, "newest pages", newest, []desk.PolicyPage{other, second})
		all, err2 := tx.PolicyVersions(localDesk, desk.MethodologyPage)
		same(t, "versions of a page", all, []desk.PolicyPage{first, second})
		none, err3 := tx.PolicyPages(stateDesk)
		same(t, "pages of a desk without", len(none), 0)
		return errors.Join(err, err2, err3)
	})
	for what, p := range map[string]func(p *desk.PolicyPage){
		"one key twice":           func(p *desk.PolicyPage) { p.Keys = twoKeys("ann", "ann") },
		"an editor's proposal":    func(p *desk.PolicyPage) { p.Keys = twoKeys("cat", "ann") },
		"a page of no kind":       func(p *desk.PolicyPage) { p.Kind, p.Number = "mission", 1 },
		"a page without words":    func(p *desk.PolicyPage) { p.Text = desk.Wording{} },
		"a page without its hash": func(p *desk.PolicyPage) { p.SHA256 = "" },
	} {
		page := policyPage(desk.MethodologyPage, 3)
		p(&page)
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.AddPolicyPage(page) })
	}
	refused(t, db, desk.Conflict, "a number left out", func(tx *store.Tx) error { return tx.AddPolicyPage(policyPage(desk.MethodologyPage, 4)) })
	refused(t, db, desk.Conflict, "a number taken", func(tx *store.Tx) error { return tx.AddPolicyPage(second) })
	stranger := policyPage(desk.MethodologyPage, 3)
	stranger.Keys = twoKeys("ann", "sam")
	refused(t, db, desk.NotFound, "a key of another desk", func(tx *store.Tx) error { return tx.AddPolicyPage(stranger) })
	update(t, db, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "bob", DeskID: localDesk, Role: desk.Admin, Ended: true})
	})
	refused(t, db, desk.Forbidden, "a key of somebody who left", func(tx *store.Tx) error {
		return tx.AddPolicyPage(policyPage(desk.MethodologyPage, 3))
	})
}

func testDeclarations(t *testing.T, db *store.DB) {
	admins(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(localCheck("c1")), tx.AddVersion(localVersion("c1", 1), revision, approvals("ann", "bob")))
	})
	refused(t, db, desk.Forbidden, "another owner without two keys, once something is published", func(tx *store.Tx) error {
		d, err := tx.Desk(localDesk)
		d.OwnerKind = desk.OwnerCompany
		return errors.Join(err, tx.PutDesk(d))
	})
	update(t, db, func(tx *store.Tx) error {
		d, err := tx.Desk(localDesk)
		d.Name = "Bàn đổi tên"
		return errors.Join(err, tx.PutDesk(d))
	})
	want := desk.Declaration{
		DeskID: localDesk, Number: 1, Owner: "Quỹ A", OwnerKind: desk.OwnerCompany, Funders: "B", FunderKind: desk.OwnerUnknown, HandedOver: true,
		Note: desk.Wording{VI: "Bàn đổi chủ."}, Day: 20_100, Keys: twoKeys("ann", "cat"),
	}
	want.SHA256 = desk.HashBytes(desk.DeclarationBytes(want))
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.Declare(want), tx.AddCheck(localCheck("counted"))) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Declarations(localDesk)
		same(t, "declarations", got, []desk.Declaration{want})
		on, err3 := tx.Entering("counted", 1)
		same(t, "how often it was declared", on.Declarations, 1)
		d, err2 := tx.Desk(localDesk)
		same(t, "the desk follows", []any{d.Owner, d.OwnerKind, d.Funders, d.Declared}, []any{want.Owner, want.OwnerKind, want.Funders, want.Day})
		return errors.Join(err, err2, err3)
	})
	again := want
	again.Number, again.Keys = 2, twoKeys("ann", "ann")
	refused(t, db, desk.Forbidden, "a declaration by one key", func(tx *store.Tx) error { return tx.Declare(again) })
	again.Keys = twoKeys("cat", "ann")
	refused(t, db, desk.Forbidden, "a declaration an editor proposes", func(tx *store.Tx) error { return tx.Declare(again) })
	again.Keys, again.Number = twoKeys("ann", "bob"), 1
	refused(t, db, desk.Conflict, "a declaration that was made already", func(tx *store.Tx) error { return tx.Declare(again) })
}

func testProposals(t *testing.T, db *store.DB) {
	admins(t, db)
	propose := func(id, member, content string) desk.Proposal {
		p := desk.Proposal{
			ID: id, DeskID: localDesk, Kind: desk.ProposePage, Subject: "methodology", Content: content,
			SHA256: desk.HashBytes([]byte(content)), MemberID: member, KeyID: "key-" + member, Day: 20_000,
		}
		update(t, db, func(tx *store.Tx) error { return tx.Propose(p) })
		return p
	}
	propose("proposal00000001", "ann", "một")
	second := propose("proposal00000002", "cat", "hai")
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Proposal(localDesk, desk.ProposePage, "methodology")
		same(t, "the newer proposal", got, second)
		list, err2 := tx.Proposals(localDesk)
		same(t, "proposals", list, []desk.Proposal{second})
		_, missing := tx.Proposal(localDesk, desk.ProposePage, "funding")
		kind(t, "no proposal", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error { return tx.DropProposal(second.ID) })
	refused(t, db, desk.Conflict, "agreeing twice", func(tx *store.Tx) error { return tx.DropProposal(second.ID) })

	propose("proposal00000003", "cat", "ba")
	hello := desk.Introduction{MemberID: "cat", DeskID: localDesk, Words: desk.Wording{VI: "Cát, y tá"}, Day: 20_000}
	update(t, db, func(tx *store.Tx) error { return tx.PutIntroduction(hello) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Introductions(localDesk)
		same(t, "introductions", got, []desk.Introduction{hello})
		return err
	})
	update(t, db, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "cat", DeskID: localDesk, Role: desk.Editor, Ended: true})
	})
	view(t, db, func(tx *store.Tx) error {
		said, err := tx.Introductions(localDesk)
		waits, err2 := tx.Proposals(localDesk)
		same(t, "what somebody who left leaves behind", len(said)+len(waits), 0)
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Forbidden, "an introduction of somebody who left", func(tx *store.Tx) error { return tx.PutIntroduction(hello) })
	mine := desk.Introduction{MemberID: "ann", DeskID: localDesk, Words: desk.Wording{EN: "Ann"}, Day: 20_000}
	update(t, db, func(tx *store.Tx) error { return tx.PutIntroduction(mine) })
	mine.Words = desk.Wording{}
	update(t, db, func(tx *store.Tx) error { return tx.PutIntroduction(mine) })
	view(t, db, func(tx *store.Tx) error {
		said, err := tx.Introductions(localDesk)
		same(t, "introductions after it was taken back", len(said), 0)
		return err
	})
}
