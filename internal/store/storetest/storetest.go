// Package storetest is the contract of package store: what every engine must
// do, as tests that take an open function.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// Run holds a store to the contract. open returns a new, empty database and
// closes it when the test ends.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	t.Helper()
	for _, part := range []struct {
		name string
		test func(t *testing.T, db *store.DB)
	}{
		{"settings", testSettings},
		{"desks", testDesks},
		{"members", testMembers},
		{"checks", testChecks},
		{"versions", testVersions},
		{"version numbers", testVersionNumbers},
		{"two keys", testTwoKeys},
		{"forbidden versions", testForbiddenVersions},
		{"lists", testLists},
		{"entries", testEntries},
		{"walk", testWalk},
		{"changes", testChanges},
		{"everything published", testPublished},
		{"feeds", testFeeds},
		{"vectors", testVectors},
		{"vectors refused", testVectorsRefused},
		{"claim states", testClaimStates},
		{"claim fields", testClaimFields},
		{"daily tick", testDailyTick},
		{"claim lists", testClaimLists},
		{"questions", testQuestions},
		{"words go", testWordsGo},
		{"retention", testRetention},
		{"queue order", testQueueOrder},
		{"counting", testCounting},
		{"joining", testJoining},
		{"ends of parts", testEndsOfParts},
		{"assigning and notes", testAssigning},
		{"bin", testBin},
		{"reopening", testReopening},
		{"kin", testKin},
		{"read log", testReadLog},
		{"bulk acts", testBulkActs},
		{"text", testText},
		{"transactions", testTransactions},
		{"snapshots", testSnapshots},
		{"cancelling", testCancelling},
		{"same form at once", testSameFormAtOnce},
		{"writers at once", testWritersAtOnce},
		{"readers and writers", testReadersAndWriters},
		{"copies", testCopies},
		{"wanted copies", testWantedCopies},
		{"published copies", testPublishedCopies},
		{"copies at once", testCopiesAtOnce},
		{"closing", testClosing},
		{"approval keys", testApprovalKeys},
		{"passkeys", testCredentials},
		{"passwords", testPasswords},
		{"accounts of organisations", testIdentities},
		{"attempts", testAttempts},
		{"sessions", testSessions},
		{"one-time links", testEnrolments},
		{"recoveries", testRecoveries},
		{"answered challenges", testAnswers},
		{"leaving", testLeaving},
		{"pages a desk owes", testPolicies},
		{"declarations", testDeclarations},
		{"proposals", testProposals},
		{"contests", testContests},
		{"contests are forgotten", testContestRetention},
		{"contests of many", testContestsFair},
		{"replies", testReplies},
		{"asides", testAsides},
		{"figures", testFigures},
		{"notices", testNotices},
		{"notices in order", testNoticesStanding},
		{"proposed notices", testNoticeProposals},
		{"contested notices", testNoticeContests},
		{"the record is ahead", testAhead},
		{"the log of what is hidden", testLog},
		{"the record", testLeaves},
		{"words of the record", testLeafContents},
		{"late words of the record", testLateWords},
		{"leaves at once", testLeavesAtOnce},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open(t)) })
	}
}

func testSettings(t *testing.T, db *store.DB) {
	view(t, db, func(tx *store.Tx) error {
		v, err := tx.Setting("absent")
		if v != "" || err != nil {
			t.Errorf("absent setting: %q, %v", v, err)
		}
		return nil
	})
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.SetSetting("name", "Sáng Tỏ"), tx.SetSetting("name", "Sáng Tỏ 2"))
	})
	view(t, db, func(tx *store.Tx) error {
		v, err := tx.Setting("name")
		if v != "Sáng Tỏ 2" {
			t.Errorf("setting: %q", v)
		}
		return err
	})
}

func testDesks(t *testing.T, db *store.DB) {
	full := desk.Desk{
		ID: "d1", Local: true, Name: "Bàn Một", URL: "https://one.example", Lang: "vi", Owner: "Quỹ A",
		OwnerKind: desk.OwnerUniversity, Funders: "B, C", FunderKind: desk.OwnerCompany, About: "Ai cũng hỏi được.", Declared: 20_001,
	}
	bare := desk.Desk{ID: "d0", Name: "Elsewhere"}
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.PutDesk(full), tx.PutDesk(bare)) })
	bare.OwnerKind, bare.FunderKind = desk.OwnerUnknown, desk.OwnerUnknown
	full.Owner, full.OwnerKind = "Sở X", desk.OwnerState
	update(t, db, func(tx *store.Tx) error { return tx.PutDesk(full) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Desk("d1")
		same(t, "desk", got, full)
		all, err2 := tx.Desks()
		same(t, "desks", all, []desk.Desk{bare, full})
		local, err3 := tx.LocalDesks()
		same(t, "local desks", local, []desk.Desk{full})
		_, missing := tx.Desk("none")
		kind(t, "missing desk", missing, desk.NotFound)
		return errors.Join(err, err2, err3)
	})
	stolen := full
	stolen.Local, stolen.URL = false, "https://thief.example"
	refused(t, db, desk.Conflict, "a local desk claimed by an import", func(tx *store.Tx) error { return tx.PutDesk(stolen) })
	bare.Local = true
	refused(t, db, desk.Conflict, "a foreign desk made local", func(tx *store.Tx) error { return tx.PutDesk(bare) })
	refused(t, db, desk.Forbidden, "an owner of no known kind", func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "d2", Name: "x", OwnerKind: "ministry"})
	})
	refused(t, db, desk.Forbidden, "an imported desk without https", func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "d2", Name: "x", URL: "http://x.example"})
	})
}

func testMembers(t *testing.T, db *store.DB) {
	world(t, db)
	ann := desk.Member{ID: "ann", DeskID: localDesk, Name: "Ann 2", Role: desk.Admin, KeyID: "key-2", Ended: true}
	update(t, db, func(tx *store.Tx) error { return tx.PutMember(ann) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Member("ann")
		same(t, "member", got, ann)
		list, err2 := tx.Members(localDesk)
		var ids []string
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		same(t, "members", ids, []string{"ann", "bob", "cat"})
		_, missing := tx.Member("none")
		kind(t, "missing member", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	ann.DeskID = stateDesk
	refused(t, db, desk.Conflict, "a member who moves to another desk", func(tx *store.Tx) error { return tx.PutMember(ann) })
	refused(t, db, desk.NotFound, "a member of no desk", func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "x", DeskID: "none", Role: desk.Editor})
	})
	refused(t, db, desk.Forbidden, "a member of no known role", func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "x", DeskID: localDesk, Role: "owner"})
	})
}

func testChecks(t *testing.T, db *store.DB) {
	world(t, db)
	ours, theirs := localCheck("c1"), importedCheck("c2")
	ours.ClaimID = "claim1"
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddClaim(waitingClaim("claim1", 20_000)), tx.AddCheck(ours), tx.AddCheck(theirs))
	})
	view(t, db, func(tx *store.Tx) error {
		for _, want := range []desk.Check{ours, theirs} {
			got, err := tx.Check(want.ID)
			same(t, "check", got, want)
			if err != nil {
				return err
			}
		}
		_, missing := tx.Check("none")
		kind(t, "missing check", missing, desk.NotFound)
		return nil
	})
	refused(t, db, desk.Conflict, "a check that exists", func(tx *store.Tx) error { return tx.AddCheck(ours) })
	refused(t, db, desk.NotFound, "a check of no desk", func(tx *store.Tx) error {
		return tx.AddCheck(desk.Check{ID: "c3", DeskID: "none"})
	})
	refused(t, db, desk.NotFound, "a check of no claim", func(tx *store.Tx) error {
		return tx.AddCheck(desk.Check{ID: "c3", DeskID: localDesk, ClaimID: "none"})
	})
	refused(t, db, desk.Forbidden, "an imported check under a local desk", func(tx *store.Tx) error {
		return tx.AddCheck(desk.Check{ID: "c3", DeskID: localDesk, SourceURL: "https://x.example/"})
	})
	refused(t, db, desk.Forbidden, "an imported check that answers a claim of ours", func(tx *store.Tx) error {
		c := importedCheck("c3")
		c.ClaimID = "claim1"
		return tx.AddCheck(c)
	})
	refused(t, db, desk.Forbidden, "another desk's check without its source", func(tx *store.Tx) error {
		return tx.AddCheck(desk.Check{ID: "c3", DeskID: foreignDesk})
	})
	refused(t, db, desk.Forbidden, "an imported check without https", func(tx *store.Tx) error {
		return tx.AddCheck(desk.Check{ID: "c3", DeskID: foreignDesk, SourceURL: "http://x.example/"})
	})
}

func testVersions(t *testing.T, db *store.DB) {
	world(t, db)
	first := localVersion("c1", 1)
	first.AboutPower, first.ClaimantKind, first.Body, first.ToDo = true, desk.ClaimantOffice, "Thân bài **đậm**", "Hỏi bác sĩ"
	first.AsOf, first.Blind.AboutPower = 19_990, true
	first.Evidence = []desk.Evidence{
		{
			Position: 1, Stance: desk.Against, URL: "https://a.example/1", Title: "A", Publisher: "P", OwnerGroup: "g", Quote: "“trích”",
			Locator: "tr. 3", Dated: 19_000, Archived: 19_001, ArchiveURL: "https://archive.example/1", SHA256: strings.Repeat("ab", 32),
		},
		{Position: 2, Stance: desk.Context, URL: "https://b.example"},
	}
	second := localVersion("c1", 2)
	second.Verdict, second.NotRatedKind, second.Kind = desk.NotRated, desk.Satire, desk.SatireKind
	second.Reason, second.Note = "error", "Chúng tôi đã nhầm."
	imported := importedVersion("c2", 1)
	imported.NoVerdictRating, imported.LinkOnly = true, true
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddCheck(localCheck("c1")), tx.AddCheck(importedCheck("c2")),
			tx.AddVersion(first, revision, approvals("ann", "bob")),
			tx.AddVersion(second, revision, approvals("bob", "cat", "ann")),
			tx.AddVersion(imported, "", nil))
	})
	heads := []desk.Version{first, second}
	heads[0].Evidence = nil
	view(t, db, func(tx *store.Tx) error {
		one, err := tx.Version("c1", 1)
		same(t, "version 1", one, first)
		two, err2 := tx.Latest("c1")
		same(t, "latest", two, second)
		all, err3 := tx.Versions("c1")
		same(t, "versions", all, heads)
		theirs, err4 := tx.Latest("c2")
		same(t, "imported", theirs, imported)
		keys, err5 := tx.Approvals("c1", 1)
		same(t, "approvals", keys, approvals("ann", "bob"))
		_, missing := tx.Latest("none")
		kind(t, "latest of no check", missing, desk.NotFound)
		_, missing = tx.Version("c1", 3)
		kind(t, "missing version", missing, desk.NotFound)
		return errors.Join(err, err2, err3, err4, err5)
	})
}

func testVersionNumbers(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(localCheck("c1")), tx.AddVersion(localVersion("c1", 1), revision, approvals("ann", "bob")))
	})
	for _, n := range []int{-1, 0, 1, 3} {
		refused(t, db, desk.Conflict, fmt.Sprintf("version %d after 1", n), func(tx *store.Tx) error {
			return tx.AddVersion(localVersion("c1", n), revision, approvals("ann", "bob"))
		})
	}
	refused(t, db, desk.NotFound, "a version of no check", func(tx *store.Tx) error {
		return tx.AddVersion(localVersion("none", 1), revision, approvals("ann", "bob"))
	})
	refused(t, db, desk.Forbidden, "a second first publication", func(tx *store.Tx) error {
		v := localVersion("c1", 2)
		v.Act = desk.Publish
		return tx.AddVersion(v, revision, approvals("ann", "bob"))
	})
}

func testTwoKeys(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(localCheck("c1")), tx.AddCheck(importedCheck("c2")),
			tx.PutMember(desk.Member{ID: "eve", DeskID: localDesk, Role: desk.Reviewer, Ended: true}))
	})
	add := func(v desk.Version, revision string, keys []desk.Approval) func(tx *store.Tx) error {
		return func(tx *store.Tx) error { return tx.AddVersion(v, revision, keys) }
	}
	v := localVersion("c1", 1)
	refused(t, db, desk.Forbidden, "no key", add(v, revision, nil))
	refused(t, db, desk.Forbidden, "the author alone", add(v, revision, approvals("ann")))
	refused(t, db, desk.Forbidden, "one other alone", add(v, revision, approvals("bob")))
	refused(t, db, desk.NotFound, "a key of another desk", add(v, revision, approvals("ann", "sam")))
	refused(t, db, desk.NotFound, "a key of nobody", add(v, revision, approvals("ann", "nobody")))
	refused(t, db, desk.Forbidden, "a key of somebody who left", add(v, revision, approvals("ann", "eve")))
	refused(t, db, desk.Conflict, "keys for another revision", add(v, "revision-2", approvals("ann", "bob")))
	refused(t, db, desk.Forbidden, "keys on an import", add(importedVersion("c2", 1), revision, approvals("ann", "bob")))
	if err := db.Update(t.Context(), add(v, revision, approvals("ann", "ann"))); err == nil {
		t.Error("one member with two keys was enough")
	}
	v.Author = "sam"
	refused(t, db, desk.NotFound, "an author of another desk", add(v, revision, approvals("ann", "bob")))
	v.Author = ""
	refused(t, db, desk.Forbidden, "no author", add(v, revision, approvals("ann", "bob")))
	v.Author = "cat"
	update(t, db, add(v, revision, approvals("ann", "bob")))
}

func testForbiddenVersions(t *testing.T, db *store.DB) {
	world(t, db)
	ofState := func(v *desk.Version) { v.CheckID, v.Author = "cs", "sam" }
	imported := func(v *desk.Version) { *v = importedVersion("ci", 1) }
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(localCheck("cl")), tx.AddCheck(importedCheck("ci")),
			tx.AddCheck(desk.Check{ID: "cs", DeskID: stateDesk, Lang: "vi"}))
	})
	cases := []struct {
		name  string
		spoil []func(v *desk.Version)
	}{
		{"a verdict off the scale", with(func(v *desk.Version) { v.Verdict = "misleading" })},
		{"no verdict", with(func(v *desk.Version) { v.Verdict = "" })},
		{"a verdict on an opinion", with(func(v *desk.Version) { v.Kind = desk.OpinionKind })},
		{"a verdict on a prediction", with(func(v *desk.Version) { v.Kind = desk.PredictionKind })},
		{"a verdict on satire", with(func(v *desk.Version) { v.Kind = desk.SatireKind })},
		{"a verdict on a private matter", with(func(v *desk.Version) { v.Kind = desk.PrivateKind })},
		{"not enough evidence for an opinion", with(func(v *desk.Version) { v.Kind, v.Verdict = desk.OpinionKind, desk.NotEnoughEvidence })},
		{"an unknown kind", with(func(v *desk.Version) { v.Kind = "rumour" })},
		{"not rated without a reason", with(func(v *desk.Version) { v.Verdict = desk.NotRated })},
		{"a reason beside a verdict", with(func(v *desk.Version) { v.NotRatedKind = desk.Opinion })},
		{"a reason off the list", with(func(v *desk.Version) { v.Verdict, v.NotRatedKind = desk.NotRated, "boring" })},
		{"a claimant who is no category", with(func(v *desk.Version) { v.ClaimantKind = "Nguyễn Văn A" })},
		{"no claim", with(func(v *desk.Version) { v.Claim = "" })},
		{"no summary", with(func(v *desk.Version) { v.Summary = "" })},
		{"a long summary", with(func(v *desk.Version) { v.Summary = strings.Repeat("ẵ", desk.SummaryMax+1) })},
		{"our check with their rating", with(func(v *desk.Version) { v.Rating = "False" })},
		{"a state desk on public power", with(ofState, func(v *desk.Version) { v.AboutPower = true })},
		{"not enough evidence by a state desk on public power", with(ofState, func(v *desk.Version) { v.AboutPower, v.Verdict = true, desk.NotEnoughEvidence })},
		{"our act on an import", with(imported, func(v *desk.Version) { v.Act = desk.Publish })},
		{"our verdict on an import", with(imported, func(v *desk.Version) { v.Verdict, v.Kind = desk.NotTrue, desk.FactKind })},
		{"an import without their rating", with(imported, func(v *desk.Version) { v.Rating = "" })},
		{"an import with an author of ours", with(imported, func(v *desk.Version) { v.Author = "ann" })},
		{"an import into our own desk", with(func(v *desk.Version) { v.Act = desk.ImportAct })},
		{"a source that takes no stance", with(func(v *desk.Version) { v.Evidence = []desk.Evidence{{Stance: "maybe"}} })},
		{"a copy with a broken hash", with(func(v *desk.Version) { v.Evidence = []desk.Evidence{{Stance: desk.For, SHA256: "abc"}} })},
		{"two sources in one place", with(func(v *desk.Version) {
			v.Evidence = []desk.Evidence{{Position: 1, Stance: desk.For}, {Position: 1, Stance: desk.For}}
		})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := localVersion("cl", 1)
			for _, b := range c.spoil {
				b(&v)
			}
			if v.Blind.Kind != "" {
				v.Blind = desk.Classification{Kind: v.Kind, AboutPower: v.AboutPower}
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.AddVersion(v, revision, keysFor(v)) })
			if k := desk.KindOf(err); err == nil || (k != desk.Forbidden && k != desk.NotFound && k != desk.Conflict) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
	// The same desks may publish what they may publish, so the refusals above
	// were for the reasons named.
	allowed := []desk.Version{localVersion("cl", 1), localVersion("cs", 1), importedVersion("ci", 1)}
	allowed[1].Author, allowed[1].AboutPower, allowed[1].Verdict, allowed[1].NotRatedKind = "sam", true, desk.NotRated, desk.NotIndependent
	allowed[0].AboutPower, allowed[0].Blind.AboutPower = true, true
	allowed[0].Summary = strings.Repeat("ẵ", desk.SummaryMax)
	for _, v := range allowed {
		update(t, db, func(tx *store.Tx) error { return tx.AddVersion(v, revision, keysFor(v)) })
	}
	view(t, db, func(tx *store.Tx) error {
		n, err := tx.LastChange()
		same(t, "changes", n, int64(len(allowed)))
		return err
	})
}

func with(f ...func(v *desk.Version)) []func(v *desk.Version) { return f }

func keysFor(v desk.Version) []desk.Approval {
	switch v.CheckID {
	case "cl":
		return approvals("ann", "bob")
	case "cs":
		return approvals("sam", "sue")
	}
	return nil
}

func testLists(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i := range 7 {
			id := fmt.Sprintf("i%d", i)
			v := importedVersion(id, 1)
			v.Published = desk.Day(19_000 + i/2) // ties
			if err := errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(v, "", nil)); err != nil {
				return err
			}
		}
		return errors.Join(tx.AddCheck(localCheck("l0")), tx.AddVersion(localVersion("l0", 1), revision, approvals("ann", "bob")))
	})
	later := importedVersion("i0", 2)
	later.Published, later.Topic, later.Title = 30_000, "scam", "Changed"
	update(t, db, func(tx *store.Tx) error { return tx.AddVersion(later, "", nil) })
	for _, c := range []struct {
		name          string
		filter        store.ListFilter
		offset, limit int
		want          string
		total         int
	}{
		{"all", store.ListFilter{}, 0, 20, "i0 l0 i6 i5 i4 i3 i2 i1", 8},
		{"second page", store.ListFilter{}, 3, 3, "i5 i4 i3", 8},
		{"past the end", store.ListFilter{}, 20, 20, "", 8},
		{"local", store.ListFilter{LocalOnly: true}, 0, 20, "l0", 1},
		{"topic of the newest version", store.ListFilter{Topic: "scam"}, 0, 20, "i0", 1},
		{"topic of the older version", store.ListFilter{Topic: "other", DeskID: foreignDesk}, 0, 2, "i6 i5", 6},
		{"language", store.ListFilter{Lang: "vi"}, 0, 20, "l0", 1},
		{"desk", store.ListFilter{DeskID: foreignDesk, Lang: "en"}, 0, 1, "i0", 7},
		{"none", store.ListFilter{Topic: "work"}, 0, 20, "", 0},
		{"since", store.ListFilter{Since: 19_003}, 0, 20, "i0 l0 i6", 3},
		{"until", store.ListFilter{Until: 19_002, DeskID: foreignDesk}, 0, 20, "i3 i2 i1", 3},
		{"between", store.ListFilter{Since: 19_001, Until: 19_002}, 0, 20, "i3 i2", 2},
	} {
		view(t, db, func(tx *store.Tx) error {
			entries, err := tx.List(c.filter, c.offset, c.limit)
			total, err2 := tx.CountChecks(c.filter)
			same(t, c.name, entryIDs(entries), c.want)
			same(t, c.name+" total", total, c.total)
			if len(entries) > 0 && entries[0].Check.ID == "i0" {
				same(t, c.name+" version", entries[0].Version, later)
				same(t, c.name+" desk", entries[0].Desk.Name, "Elsewhere")
			}
			return errors.Join(err, err2)
		})
	}
}

// testWalk reads lists the way programs do: by key in steps, by day, and with
// the day of each first version.
func testWalk(t *testing.T, db *store.DB) {
	world(t, db)
	const n = 250 // more than one statement holds
	update(t, db, func(tx *store.Tx) error {
		for i := range n {
			id := fmt.Sprintf("i%03d", i)
			v := importedVersion(id, 1)
			v.Published = desk.Day(19_000 + i%2)
			if err := errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(v, "", nil)); err != nil {
				return err
			}
		}
		return errors.Join(tx.AddCheck(localCheck("l0")), tx.AddVersion(localVersion("l0", 1), revision, approvals("ann", "bob")))
	})
	later := importedVersion("i000", 2)
	later.Published = 30_000
	update(t, db, func(tx *store.Tx) error { return tx.AddVersion(later, "", nil) })
	view(t, db, func(tx *store.Tx) error {
		var ids []string
		after := ""
		for {
			entries, err := tx.EntriesAfter(store.ListFilter{DeskID: foreignDesk}, after, 99)
			if err != nil {
				return err
			}
			for _, e := range entries {
				ids, after = append(ids, e.Check.ID), e.Check.ID
			}
			if len(entries) < 99 {
				break
			}
		}
		same(t, "walked", len(ids), n)
		same(t, "in order", slices.IsSorted(ids), true)
		first, err := tx.FirstDays(append(ids, "unknown"))
		if err != nil {
			return err
		}
		same(t, "first days", len(first), n)
		same(t, "first day of a check that changed", first["i000"], desk.Day(19_000))
		days, err := tx.Days(store.ListFilter{DeskID: foreignDesk})
		same(t, "days", days, []store.DayCount{{Day: 30_000, Count: 1}, {Day: 19_001, Count: n / 2}, {Day: 19_000, Count: n/2 - 1}})
		own, err2 := tx.EntriesAfter(store.ListFilter{LocalOnly: true}, "", 10)
		same(t, "own", entryIDs(own), "l0")
		return errors.Join(err, err2)
	})
}

func entryIDs(entries []store.Entry) string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Check.ID)
	}
	return strings.Join(ids, " ")
}

func testEntries(t *testing.T, db *store.DB) {
	world(t, db)
	const n = 450 // more than one statement holds
	var ids []string
	update(t, db, func(tx *store.Tx) error {
		for i := range n {
			id := fmt.Sprintf("i%03d", i)
			ids = append(ids, id)
			if err := errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(importedVersion(id, 1), "", nil)); err != nil {
				return err
			}
		}
		// A check without a version is not public and is in no list.
		return tx.AddCheck(importedCheck("bare"))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Entries(append(slices.Clone(ids), "unknown", "bare"))
		same(t, "entries", len(got), n)
		same(t, "entry", got["i449"], store.Entry{
			Check: importedCheck("i449"), Version: importedVersion("i449", 1),
			Desk: desk.Desk{ID: foreignDesk, Name: "Elsewhere", URL: "https://elsewhere.example", Lang: "en", OwnerKind: desk.OwnerUnknown, FunderKind: desk.OwnerUnknown},
		})
		none, err2 := tx.Entries(nil)
		same(t, "no entries", len(none), 0)
		return errors.Join(err, err2)
	})
	view(t, db, func(tx *store.Tx) error {
		var seen []string
		err := tx.EachEntry(func(e store.Entry) error { seen = append(seen, e.Check.ID); return nil })
		same(t, "each entry", seen, ids)
		stop := errors.New("enough")
		calls := 0
		if got := tx.EachEntry(func(store.Entry) error { calls++; return stop }); got != stop || calls != 1 {
			t.Errorf("stopped walk: %v after %d calls", got, calls)
		}
		nested := tx.EachEntry(func(store.Entry) error { _, err := tx.Desks(); return err })
		kind(t, "a query inside a walk", nested, desk.Internal)
		_, after := tx.Desks()
		return errors.Join(err, after)
	})
}

func testChanges(t *testing.T, db *store.DB) {
	world(t, db)
	failed := errors.New("changed my mind")
	for i := range 5 {
		id := fmt.Sprintf("i%d", i)
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(importedVersion(id, 1), "", nil))
		})
		// A transaction that is rolled back leaves no gap.
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.AddVersion(importedVersion(id, 2), "", nil), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
	}
	view(t, db, func(tx *store.Tx) error {
		last, err := tx.LastChange()
		same(t, "last", last, int64(5))
		changes, err2 := tx.Changes(2, 2)
		same(t, "changes", changes, []store.Change{{Seq: 3, CheckID: "i2"}, {Seq: 4, CheckID: "i3"}})
		rest, err3 := tx.Changes(0, 0)
		same(t, "all changes", len(rest), 5)
		none, err4 := tx.Changes(5, 10)
		same(t, "no changes", len(none), 0)
		return errors.Join(err, err2, err3, err4)
	})
}

func testText(t *testing.T, db *store.DB) {
	texts := []string{"", "Đà Nẵng", "e\u0301 và é", "👩🏽‍🚀 \u202e", "'; DROP TABLE desks; --", "a?b '?' $1", strings.Repeat("dài ", 30_000)}
	update(t, db, func(tx *store.Tx) error {
		for i, s := range texts {
			if err := tx.SetSetting(fmt.Sprint(i), s); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, db, func(tx *store.Tx) error {
		for i, want := range texts {
			got, err := tx.Setting(fmt.Sprint(i))
			same(t, "text", got, want)
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, s := range []string{"a\x00b", "\xff", "ab\xc3"} {
		refused(t, db, desk.Invalid, fmt.Sprintf("%q", s), func(tx *store.Tx) error { return tx.SetSetting("bad", s) })
	}
}

func testClosing(t *testing.T, db *store.DB) {
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	nothing := func(*store.Tx) error { return nil }
	kind(t, "update after close", db.Update(t.Context(), nothing), desk.Unavailable)
	kind(t, "view after close", db.View(t.Context(), nothing), desk.Unavailable)
	kind(t, "ping after close", db.Ping(t.Context()), desk.Unavailable)
	if db.Broken() {
		t.Error("a closed database is not a broken disk")
	}
}

func testTransactions(t *testing.T, db *store.DB) {
	update(t, db, func(tx *store.Tx) error {
		first := tx.Now()
		time.Sleep(2 * time.Millisecond)
		if now := tx.Now(); now != first || now.Location() != time.UTC || now != now.Truncate(time.Microsecond) {
			t.Errorf("the clock of a transaction: %v, then %v", first, now)
		}
		same(t, "day", tx.Day(), desk.DayOf(first, db.Zone()))
		a, err := tx.NewID()
		b, err2 := tx.NewID()
		if a == b || !desk.ValidID(a) {
			t.Errorf("keys %q, %q", a, b)
		}
		return errors.Join(err, err2)
	})
	own := errors.New("my own")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetSetting("k", "v"); err != nil {
			return err
		}
		return own
	})
	if err != own {
		t.Errorf("the function's error came back as %v", err)
	}
	func() {
		defer func() {
			if recover() != "dropped" {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.SetSetting("k", "v"); err != nil {
				t.Error(err)
			}
			panic("dropped")
		})
	}()
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetSetting("k", "v"); err != nil {
			return err
		}
		kind(t, "a broken rule", tx.PutDesk(desk.Desk{ID: "d", Name: "d", OwnerKind: "ministry"}), desk.Forbidden)
		kind(t, "going on after it", tx.SetSetting("k", "v"), desk.Forbidden)
		return nil
	})
	kind(t, "a transaction whose statement failed", err, desk.Forbidden)
	update(t, db, func(tx *store.Tx) error {
		_, missing := tx.Desk("none")
		kind(t, "a missing row", missing, desk.NotFound)
		return tx.SetSetting("going on after a missing row", "yes")
	})
	kind(t, "writing in a view", db.View(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("k", "v") }), desk.Internal)
	noSetting(t, db, "k")
	s := db.Stats()
	if s.Updates == 0 || s.Views == 0 || s.Refused == 0 || s.Failed != 0 || s.Broken {
		t.Errorf("stats %+v", s)
	}
}

func noSetting(t *testing.T, db *store.DB, key string) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		v, err := tx.Setting(key)
		same(t, "setting after a failed transaction", v, "")
		return err
	})
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(desk.Text{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func kind(t *testing.T, what string, err error, want desk.ErrorKind) {
	t.Helper()
	if err == nil || desk.KindOf(err) != want {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}
