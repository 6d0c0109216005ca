package storetest

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// instant is now as the rows of staff hold it, plus d.
func instant(d time.Duration) time.Time { return time.Now().UTC().Truncate(time.Microsecond).Add(d) }

func credential(n int, memberID, approvalKey string) store.Credential {
	return store.Credential{
		ID: mac("credential", n), Holder: mac("holder", n), MemberID: memberID, PublicKey: []byte{0xa5, byte(n)}, SignCount: 7, Flags: 0x1d,
		Label: "Khóa nhỏ", Made: instant(time.Duration(n) * time.Second), ApprovalKey: approvalKey,
	}
}

func password(memberID, name string) store.Password {
	return store.Password{
		MemberID: memberID, Name: name, Hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", Secret: mac("secret", 1), Step: 100, Made: instant(0),
	}
}

func testApprovalKeys(t *testing.T, db *store.DB) {
	world(t, db)
	now := instant(0)
	old := desk.NewApprovalKey("k-old", "ann", []byte{1, 2}, now.Add(-time.Hour), false)
	bare := desk.NewApprovalKey("k-bare", "bob", []byte{}, now, false)
	update(t, db, func(tx *store.Tx) error { return errors.Join(tx.AddApprovalKey(old), tx.AddApprovalKey(bare)) })
	fresh := desk.NewApprovalKey("k-new", "ann", []byte{3}, now, true)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.EndApprovalKeys("ann", "k-new", fresh.Good), tx.AddApprovalKey(fresh))
	})
	old.Until = fresh.Good
	view(t, db, func(tx *store.Tx) error {
		keys, err := tx.ApprovalKeys("ann")
		same(t, "keys, the newest first", keys, []desk.ApprovalKey{fresh, old})
		one, err2 := tx.ApprovalKey("k-old")
		same(t, "a key", one, old)
		_, missing := tx.ApprovalKey("none")
		kind(t, "missing key", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error { return tx.RetireApprovalKeys("ann") })
	view(t, db, func(tx *store.Tx) error {
		keys, err := tx.ApprovalKeys("ann")
		for _, k := range keys {
			if k.Retired.IsZero() {
				t.Errorf("%s stands after a recovery", k.ID)
			}
		}
		other, err2 := tx.ApprovalKey("k-bare")
		if !other.Retired.IsZero() || other.Signs() {
			t.Errorf("another's key became %+v", other)
		}
		return errors.Join(err, err2)
	})
	key := func(change func(k *desk.ApprovalKey)) func(tx *store.Tx) error {
		k := desk.NewApprovalKey("k-x", "ann", []byte{4}, now, false)
		change(&k)
		return func(tx *store.Tx) error { return tx.AddApprovalKey(k) }
	}
	refused(t, db, desk.Forbidden, "a key of 181 days", key(func(k *desk.ApprovalKey) { k.Until = now.Add(181 * 24 * time.Hour) }))
	refused(t, db, desk.Forbidden, "a key good before it was made", key(func(k *desk.ApprovalKey) { k.Good = now.Add(-time.Second) }))
	refused(t, db, desk.Forbidden, "a key that ends as it begins", key(func(k *desk.ApprovalKey) { k.Until = now }))
	refused(t, db, desk.Forbidden, "a key without a name", key(func(k *desk.ApprovalKey) { k.ID = "" }))
	refused(t, db, desk.NotFound, "a key of nobody", key(func(k *desk.ApprovalKey) { k.MemberID = "none" }))

	// Once the desk has published, a key waits.
	update(t, db, func(tx *store.Tx) error {
		good := desk.NewApprovalKey("key-cat", "cat", []byte{5}, now, false)
		return errors.Join(tx.AddApprovalKey(good), tx.AddApprovalKey(desk.NewApprovalKey("key-bob", "bob", []byte{6}, now, false)))
	})
	v := localVersion("c1", 1)
	v.Author = "cat"
	update(t, db, func(tx *store.Tx) error {
		published, err := tx.HasPublished(localDesk)
		same(t, "published at first", published, false)
		return errors.Join(err, tx.AddCheck(localCheck("c1")))
	})
	refused(t, db, desk.Forbidden, "publishing with another's key", func(tx *store.Tx) error {
		keys := approvals("cat", "bob")
		keys[0].KeyID = "key-bob"
		return tx.AddVersion(v, revision, keys)
	})
	update(t, db, func(tx *store.Tx) error { return tx.AddVersion(v, revision, approvals("cat", "bob")) })
	refused(t, db, desk.Forbidden, "a key that does not wait", key(func(*desk.ApprovalKey) {}))
	update(t, db, key(func(k *desk.ApprovalKey) { k.Good = k.Made.Add(desk.KeyWait) }))
	if err := db.Update(t.Context(), key(func(k *desk.ApprovalKey) { k.MemberID, k.Good = "bob", k.Made.Add(desk.KeyWait) })); err == nil {
		t.Error("a key of the same name takes another's place")
	}
	update(t, db, func(tx *store.Tx) error { return tx.RetireApprovalKey("key-cat") })
	v.Number, v.Act = 2, desk.Correct
	refused(t, db, desk.Forbidden, "correcting with a retired key", func(tx *store.Tx) error {
		return tx.AddVersion(v, revision, approvals("cat", "bob"))
	})
}

func testCredentials(t *testing.T, db *store.DB) {
	world(t, db)
	first, second := credential(1, "ann", "k1"), credential(2, "ann", "")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddApprovalKey(desk.NewApprovalKey("k1", "ann", []byte{1}, instant(0), false)),
			tx.AddApprovalKey(desk.NewApprovalKey("k2", "ann", []byte{2}, instant(0), false)),
			tx.AddCredential(second), tx.AddCredential(first),
		)
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Credential(first.ID)
		same(t, "passkey", got, first)
		list, err2 := tx.Credentials("ann")
		same(t, "passkeys, the oldest first", list, []store.Credential{first, second})
		none, err3 := tx.Credentials("bob")
		same(t, "passkeys of another", len(none), 0)
		_, missing := tx.Credential(mac("none", 0))
		kind(t, "missing passkey", missing, desk.NotFound)
		can, err4 := tx.CanSignIn(localDesk)
		same(t, "who can sign in", can, map[string]bool{"ann": true})
		return errors.Join(err, err2, err3, err4)
	})
	stolen := first
	stolen.MemberID, stolen.Holder, stolen.ApprovalKey = "bob", mac("holder", 9), ""
	refused(t, db, desk.Conflict, "a passkey known already", func(tx *store.Tx) error { return tx.AddCredential(stolen) })
	shared := credential(3, "bob", "k1")
	refused(t, db, desk.Conflict, "an approval key of two passkeys", func(tx *store.Tx) error { return tx.AddCredential(shared) })
	for what, change := range map[string]func(c *store.Credential){
		"a passkey without an id":   func(c *store.Credential) { c.ID = []byte{} },
		"an id that is too long":    func(c *store.Credential) { c.ID = make([]byte, 1024) },
		"a holder of 31 bytes":      func(c *store.Credential) { c.Holder = c.Holder[:31] },
		"a passkey without a key":   func(c *store.Credential) { c.PublicKey = []byte{} },
		"a key that is too long":    func(c *store.Credential) { c.PublicKey = make([]byte, 4097) },
		"a passkey without a label": func(c *store.Credential) { c.Label = "" },
		"a label that is too long":  func(c *store.Credential) { c.Label = strings.Repeat("ộ", 61) },
		"a passkey made at no time": func(c *store.Credential) { c.Made = time.Time{} },
	} {
		c := credential(4, "bob", "")
		change(&c)
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.AddCredential(c) })
	}
	long := credential(5, "bob", "")
	long.Label = strings.Repeat("ộ", 60)
	update(t, db, func(tx *store.Tx) error { return tx.AddCredential(long) })
	refused(t, db, desk.NotFound, "a passkey of nobody", func(tx *store.Tx) error { return tx.AddCredential(credential(6, "none", "")) })

	update(t, db, func(tx *store.Tx) error { return tx.CountCredential(first.ID, 9) })
	refused(t, db, desk.Conflict, "a count that stands still", func(tx *store.Tx) error { return tx.CountCredential(first.ID, 9) })
	refused(t, db, desk.Conflict, "a count that goes back", func(tx *store.Tx) error { return tx.CountCredential(first.ID, 0) })
	update(t, db, func(tx *store.Tx) error { return tx.CountCredential(first.ID, 1<<32-1) })

	update(t, db, func(tx *store.Tx) error { return tx.ApproveWith(second.ID, "k2") })
	refused(t, db, desk.Conflict, "a key that another passkey holds", func(tx *store.Tx) error { return tx.ApproveWith(second.ID, "k1") })
	refused(t, db, desk.Conflict, "a passkey that is gone", func(tx *store.Tx) error { return tx.ApproveWith(mac("none", 0), "k2") })
	refused(t, db, desk.Conflict, "dropping another's passkey", func(tx *store.Tx) error { return tx.DropCredential("bob", first.ID) })
	update(t, db, func(tx *store.Tx) error { return tx.DropCredential("ann", first.ID) })
	view(t, db, func(tx *store.Tx) error {
		_, missing := tx.Credential(first.ID)
		kind(t, "dropped passkey", missing, desk.NotFound)
		_, err := tx.ApprovalKey("k1") // what was approved with it stays checkable
		return err
	})
}

func testPasswords(t *testing.T, db *store.DB) {
	world(t, db)
	p := password("ann", "hoa trần")
	view(t, db, func(tx *store.Tx) error {
		any, err := tx.HasPasswords()
		same(t, "passwords at first", any, false)
		return err
	})
	update(t, db, func(tx *store.Tx) error { return tx.PutPassword(p) })
	p.Hash, p.Step = p.Hash+"2", 200
	update(t, db, func(tx *store.Tx) error { return tx.PutPassword(p) })
	view(t, db, func(tx *store.Tx) error {
		of, err := tx.PasswordOf("ann")
		same(t, "password of a member", of, p)
		named, err2 := tx.PasswordNamed("hoa trần")
		same(t, "password of a name", named, p)
		any, err3 := tx.HasPasswords()
		same(t, "passwords", any, true)
		_, missing := tx.PasswordNamed("Hoa Trần")
		kind(t, "a name of another spelling", missing, desk.NotFound)
		return errors.Join(err, err2, err3)
	})
	refused(t, db, desk.Conflict, "another's name", func(tx *store.Tx) error { return tx.PutPassword(password("bob", "hoa trần")) })
	for what, change := range map[string]func(p *store.Password){
		"a password in the open":      func(p *store.Password) { p.Hash = "bốn cây bàng" },
		"a hash of another kind":      func(p *store.Password) { p.Hash = "$2b$12$abcdefghijklmnopqrstuv" },
		"a secret that is not sealed": func(p *store.Password) { p.Secret = make([]byte, 20) },
		"a password without a name":   func(p *store.Password) { p.Name = "" },
		"a name that is too long":     func(p *store.Password) { p.Name = strings.Repeat("x", 81) },
	} {
		p := password("bob", "minh")
		change(&p)
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.PutPassword(p) })
	}
	update(t, db, func(tx *store.Tx) error { return tx.TakeStep("ann", 201) })
	refused(t, db, desk.Conflict, "a code twice", func(tx *store.Tx) error { return tx.TakeStep("ann", 201) })
	refused(t, db, desk.Conflict, "an earlier code", func(tx *store.Tx) error { return tx.TakeStep("ann", 200) })
	update(t, db, func(tx *store.Tx) error { return tx.DropPassword("ann") })
	view(t, db, func(tx *store.Tx) error {
		_, missing := tx.PasswordOf("ann")
		kind(t, "dropped password", missing, desk.NotFound)
		return nil
	})
}

func testIdentities(t *testing.T, db *store.DB) {
	world(t, db)
	here := store.Identity{Issuer: "https://a.example", Subject: "s1", MemberID: "ann"}
	there := store.Identity{Issuer: "https://b.example", Subject: "s1", MemberID: "bob"}
	more := store.Identity{Issuer: "https://b.example", Subject: "S1", MemberID: "ann"}
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddIdentity(here), tx.AddIdentity(there), tx.AddIdentity(more))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Identity(there.Issuer, "s1")
		same(t, "the same subject of two issuers", got, there)
		list, err2 := tx.Identities("ann")
		same(t, "accounts of a member", list, []store.Identity{here, more})
		_, missing := tx.Identity("https://a.example/", "s1")
		kind(t, "an issuer with a slash", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	taken := here
	taken.MemberID = "bob"
	refused(t, db, desk.Conflict, "an account bound already", func(tx *store.Tx) error { return tx.AddIdentity(taken) })
	for what, i := range map[string]store.Identity{
		"no issuer":                {Subject: "s2", MemberID: "ann"},
		"no subject":               {Issuer: "https://a.example", MemberID: "ann"},
		"a subject without an end": {Issuer: "https://a.example", Subject: strings.Repeat("s", 256), MemberID: "ann"},
	} {
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.AddIdentity(i) })
	}
	refused(t, db, desk.Conflict, "dropping another's account", func(tx *store.Tx) error { return tx.DropIdentity("bob", "https://a.example") })
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.DropIdentity("ann", "https://a.example"), tx.PutPassword(password("ann", "ann")), tx.AddCredential(credential(1, "ann", "")))
	})
	update(t, db, func(tx *store.Tx) error { return tx.ForgetWays("ann") })
	view(t, db, func(tx *store.Tx) error {
		can, err := tx.CanSignIn(localDesk)
		same(t, "who can sign in after forgetting", can, map[string]bool{"bob": true})
		return err
	})
}

func testAttempts(t *testing.T, db *store.DB) {
	name, other := mac("name", 1), mac("name", 2)
	held := store.Attempts{Failures: 6, HeldUntil: instant(2 * time.Minute)}
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.PutAttempts(name, store.Attempts{Failures: 1, HeldUntil: instant(time.Minute)}), tx.PutAttempts(name, held),
			tx.PutAttempts(other, store.Attempts{Failures: 2, HeldUntil: instant(-2 * time.Hour)}))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Attempts(name)
		same(t, "attempts", got, held)
		none, err2 := tx.Attempts(mac("name", 3))
		same(t, "attempts of an untried name", none, store.Attempts{})
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error { return tx.PutAttempts(name, store.Attempts{}) })
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Attempts(name)
		same(t, "attempts after getting in", got, store.Attempts{})
		old, err2 := tx.Attempts(other)
		same(t, "attempts of two hours ago", old, store.Attempts{})
		return errors.Join(err, err2)
	})
	refused(t, db, desk.Forbidden, "a name that is not hashed", func(tx *store.Tx) error {
		return tx.PutAttempts([]byte("hoa"), store.Attempts{Failures: 1, HeldUntil: instant(0)})
	})
}

func testSessions(t *testing.T, db *store.DB) {
	world(t, db)
	session := func(n int, memberID string, opened time.Time) store.Session {
		return store.Session{Hash: mac("token", n), MemberID: memberID, Way: "passkey", Opened: opened, Used: opened, Proved: opened}
	}
	stale := instant(-12 * time.Hour)
	old, first, second, other := session(1, "ann", instant(-13*time.Hour)), session(2, "ann", instant(-time.Hour)), session(3, "ann", instant(0)), session(4, "bob", instant(0))
	for _, s := range []store.Session{old, first, second, other} {
		update(t, db, func(tx *store.Tx) error { return tx.AddSession(s, stale) })
	}
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Sessions("ann")
		same(t, "sessions, the newest first, without the stale one", list, []store.Session{second, first})
		_, missing := tx.Session(old.Hash)
		kind(t, "stale session", missing, desk.NotFound)
		return err
	})
	later := first.Used.Add(time.Minute)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.UseSession(first.Hash, later), tx.UseSession(first.Hash, first.Opened))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Session(first.Hash)
		same(t, "last use never goes back", got.Used, later)
		return err
	})
	refused(t, db, desk.Conflict, "using what ended", func(tx *store.Tx) error { return tx.UseSession(mac("token", 9), later) })
	bad := session(5, "ann", instant(0))
	bad.Way = "magic"
	refused(t, db, desk.Forbidden, "a session of no known way", func(tx *store.Tx) error { return tx.AddSession(bad, stale) })
	bad = session(5, "ann", instant(0))
	bad.Proved = bad.Opened.Add(-time.Second)
	refused(t, db, desk.Forbidden, "proved before it began", func(tx *store.Tx) error { return tx.AddSession(bad, stale) })
	bad = session(5, "ann", instant(0))
	bad.Hash = []byte("a token in the open")
	refused(t, db, desk.Forbidden, "a token that is not hashed", func(tx *store.Tx) error { return tx.AddSession(bad, stale) })

	update(t, db, func(tx *store.Tx) error { return tx.EndSession("bob", first.Hash) })
	update(t, db, func(tx *store.Tx) error { return tx.EndSessions("ann", second.Hash) })
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Sessions("ann")
		same(t, "all but this one", list, []store.Session{second})
		return err
	})
	update(t, db, func(tx *store.Tx) error { return tx.EndSessions("ann", nil) })
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Sessions("ann")
		others, err2 := tx.Sessions("bob")
		same(t, "sessions left", []int{len(list), len(others)}, []int{0, 1})
		return errors.Join(err, err2)
	})
}

func testEnrolments(t *testing.T, db *store.DB) {
	world(t, db)
	link := func(n int, purpose store.Purpose, memberID string) store.Enrolment {
		return store.Enrolment{Hash: mac("code", n), Purpose: purpose, MemberID: memberID, Made: instant(0), Ends: instant(time.Hour)}
	}
	first, second, setUp := link(1, store.Enrol, "ann"), link(2, store.Recover, "ann"), link(3, store.SetUp, "")
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddEnrolment(first), tx.AddEnrolment(setUp), tx.AddEnrolment(second))
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := tx.Enrolment(second.Hash)
		same(t, "link", got, second)
		list, err2 := tx.Enrolments(localDesk)
		same(t, "one link of a member, none of set-up", list, []store.Enrolment{second})
		_, missing := tx.Enrolment(first.Hash)
		kind(t, "the link before", missing, desk.NotFound)
		return errors.Join(err, err2)
	})
	again := link(4, store.SetUp, "")
	update(t, db, func(tx *store.Tx) error { return tx.AddEnrolment(again) })
	view(t, db, func(tx *store.Tx) error {
		_, missing := tx.Enrolment(setUp.Hash)
		kind(t, "the set-up link before", missing, desk.NotFound)
		_, err := tx.Enrolment(again.Hash)
		return err
	})
	update(t, db, func(tx *store.Tx) error { return tx.DropSetUp() })
	for what, e := range map[string]store.Enrolment{
		"set-up of a member":         link(5, store.SetUp, "bob"),
		"an invitation of nobody":    link(5, store.Enrol, ""),
		"a link of no known purpose": link(5, "visit", "bob"),
		"a link of two days":         {Hash: mac("code", 5), Purpose: store.Enrol, MemberID: "bob", Made: instant(0), Ends: instant(48 * time.Hour)},
		"a link in the open":         {Hash: []byte("code"), Purpose: store.Enrol, MemberID: "bob", Made: instant(0), Ends: instant(time.Hour)},
	} {
		refused(t, db, desk.Forbidden, what, func(tx *store.Tx) error { return tx.AddEnrolment(e) })
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	used := 0
	for range 8 {
		wg.Go(func() {
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.TakeEnrolment(second.Hash) })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				used++
			case desk.KindOf(err) != desk.Conflict:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	same(t, "uses of one link by eight at once", used, 1)
}

func testRecoveries(t *testing.T, db *store.DB) {
	admins(t, db)
	update(t, db, func(tx *store.Tx) error { return tx.AskRecovery("cat", "ann") })
	refused(t, db, desk.Conflict, "a second asking", func(tx *store.Tx) error { return tx.AskRecovery("cat", "bob") })
	refused(t, db, desk.Forbidden, "recovering oneself", func(tx *store.Tx) error { return tx.AskRecovery("ann", "ann") })
	view(t, db, func(tx *store.Tx) error {
		list, err := tx.Recoveries(localDesk)
		if len(list) != 1 || list[0].MemberID != "cat" || list[0].AskedBy != "ann" || list[0].Asked.IsZero() {
			t.Errorf("recoveries: %+v", list)
		}
		none, err2 := tx.Recoveries(stateDesk)
		same(t, "recoveries elsewhere", len(none), 0)
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error { return tx.DropRecovery("cat") })
	refused(t, db, desk.Conflict, "dropping what is gone", func(tx *store.Tx) error { return tx.DropRecovery("cat") })
}

func testAnswers(t *testing.T, db *store.DB) {
	c := mac("challenge", 1)
	update(t, db, func(tx *store.Tx) error { return tx.Answer(c, instant(time.Hour)) })
	refused(t, db, desk.Conflict, "a second answer", func(tx *store.Tx) error { return tx.Answer(c, instant(time.Hour)) })
	refused(t, db, desk.Forbidden, "a challenge that is not hashed", func(tx *store.Tx) error { return tx.Answer([]byte("x"), instant(time.Hour)) })
}

// testLeaving: whoever has left has nothing that opens anything, whatever was
// there, and what was done stays in the book.
func testLeaving(t *testing.T, db *store.DB) {
	admins(t, db)
	session := store.Session{Hash: mac("token", 1), MemberID: "bob", Way: "password", Opened: instant(0), Used: instant(0), Proved: instant(0)}
	session.Used, session.Proved = session.Opened, session.Opened
	link := store.Enrolment{Hash: mac("code", 1), Purpose: store.Recover, MemberID: "bob", Made: instant(0), Ends: instant(time.Hour)}
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.AddSession(session, instant(-time.Hour)), tx.AddEnrolment(link), tx.AskRecovery("cat", "bob"), tx.AddCredential(credential(1, "bob", "")),
			tx.PutPassword(password("bob", "bob")), tx.AddIdentity(store.Identity{Issuer: "https://a.example", Subject: "b", MemberID: "bob"}),
			tx.NoteAct("add", "bob", "", "admin"), tx.NoteAct("enrol", "bob", "bob", ""), tx.SetMemberLang("bob", "en"),
		)
	})
	view(t, db, func(tx *store.Tx) error {
		tag, err := tx.MemberLang("bob")
		other, err2 := tx.MemberLang("ann")
		same(t, "languages", []string{tag, other}, []string{"en", "vi"})
		n, err3 := tx.AdminsWhoCanSignIn()
		same(t, "administrators who can sign in", n, 1)
		return errors.Join(err, err2, err3)
	})
	bob := desk.Member{ID: "bob", DeskID: localDesk, Name: "bob", Role: desk.Admin, Ended: true}
	update(t, db, func(tx *store.Tx) error { return tx.PutMember(bob) })
	view(t, db, func(tx *store.Tx) error {
		_, a := tx.Session(session.Hash)
		_, b := tx.Enrolment(link.Hash)
		_, c := tx.Credential(mac("credential", 1))
		_, d := tx.PasswordOf("bob")
		_, e := tx.Identity("https://a.example", "b")
		for what, err := range map[string]error{"session": a, "link": b, "passkey": c, "password": d, "account": e} {
			kind(t, what+" of one who left", err, desk.NotFound)
		}
		asked, err := tx.Recoveries(localDesk)
		same(t, "recoveries asked by one who left", len(asked), 0)
		acts, err2 := tx.MemberActs(localDesk, 10)
		if len(acts) != 2 || acts[0].Seq != 2 || acts[0].Act != "enrol" || acts[0].By != "bob" || acts[1].By != "" || acts[1].Detail != "admin" {
			t.Errorf("book: %+v", acts)
		}
		newest, err3 := tx.MemberActs(localDesk, 1)
		same(t, "the newest line", newest, acts[:1])
		return errors.Join(err, err2, err3)
	})
	refused(t, db, desk.Forbidden, "a session of one who left", func(tx *store.Tx) error { return tx.AddSession(session, instant(-time.Hour)) })
	refused(t, db, desk.Forbidden, "a link of one who left", func(tx *store.Tx) error { return tx.AddEnrolment(link) })
	refused(t, db, desk.Forbidden, "the last administrator leaving", func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "ann", DeskID: localDesk, Name: "ann", Role: desk.Admin, Ended: true})
	})
	refused(t, db, desk.Forbidden, "the last administrator stepping down", func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: "ann", DeskID: localDesk, Name: "ann", Role: desk.Editor})
	})
	refused(t, db, desk.Forbidden, "an act of no known kind", func(tx *store.Tx) error { return tx.NoteAct("praise", "ann", "", "") })
}
