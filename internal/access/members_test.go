package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/store"
)

// TestSessionsEnd moves the clock past each limit, and back.
func TestSessionsEnd(t *testing.T) {
	for _, tt := range []struct {
		name  string
		moves []time.Duration
		over  bool
	}{
		{"used at once", []time.Duration{0}, false},
		{"idle a little", []time.Duration{29 * time.Minute}, false},
		{"idle too long", []time.Duration{31 * time.Minute}, true},
		{"kept in use for 11 hours", repeat(20*time.Minute, 33), false},
		{"kept in use for 13 hours", repeat(20*time.Minute, 39), true},
		{"clock set back a day", []time.Duration{-24 * time.Hour}, true},
		{"clock set back ten years", []time.Duration{-87600 * time.Hour}, true},
		{"clock set forward ten years", []time.Duration{87600 * time.Hour}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := openDoor(t, secure)
			w := d.enrol("Hoa", desk.Editor)
			var err error
			for _, m := range tt.moves {
				d.clock.move(m)
				_, err = d.Seat(t.Context(), w.token)
			}
			if (err != nil) != tt.over || err != nil && desk.KindOf(err) != desk.Unauthenticated {
				t.Errorf("%v", err)
			}
		})
	}
}

func repeat(d time.Duration, n int) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

// TestTokensAreNotCarriedOver: whoever plants a token before a sign-in, or keeps
// one from before, has nothing afterwards.
func TestTokensAreNotCarriedOver(t *testing.T) {
	d := openDoor(t, secure)
	w := d.enrol("Hoa", desk.Editor)
	planted := w.token
	o, err := d.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	if w.token, err = d.FinishSignIn(t.Context(), planted, w.device.Assert(o)); err != nil || w.token == planted {
		t.Fatalf("the planted token lives on: %v", err)
	}
	_, err = d.Seat(t.Context(), planted)
	refused(t, "the planted token", err, "error.session.over")
	before := w.token
	d.prove(w)
	_, err = d.Seat(t.Context(), before)
	refused(t, "the token from before the proof", err, "error.session.over")
	for _, token := range []string{"", "x", strings.Repeat("A", 43), w.token + "=", strings.ToUpper(w.token)} {
		_, err := d.Seat(t.Context(), token)
		refused(t, "token "+token, err, "error.session.over")
	}
	// One's own sessions, listed and ended from another.
	first := w.token
	if err := d.signIn(w); err != nil {
		t.Fatal(err)
	}
	own, err := d.Own(t.Context(), w.token)
	if err != nil || len(own.Sessions) != 2 {
		t.Fatalf("%+v, %v", own.Sessions, err)
	}
	if err := d.EndSession(t.Context(), w.token, ""); err != nil {
		t.Fatal(err)
	}
	_, err = d.Seat(t.Context(), first)
	refused(t, "a stolen session after ending", err, "error.session.over")
	if _, err = d.Seat(t.Context(), w.token); err != nil {
		t.Error(err)
	}
}

// TestLinks: one use, a day, and a new one ends the one before.
func TestLinks(t *testing.T) {
	d := openDoor(t, secure)
	l := d.link("Hoa", desk.Editor)
	typed := strings.ToLower(l.Code[:8] + " - " + l.Code[8:])
	if in, err := d.Open(t.Context(), typed); err != nil || in.Member.Name != "Hoa" {
		t.Errorf("typed by hand: %v", err)
	}
	again, err := d.op.Recover(t.Context(), "hoa")
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Open(t.Context(), l.Code)
	refused(t, "the link before", err, "error.link.dead")
	d.clock.move(25 * time.Hour)
	_, err = d.Open(t.Context(), again.Code)
	refused(t, "a day later", err, "error.link.dead")
	d.clock.move(-50 * time.Hour)
	_, err = d.Open(t.Context(), again.Code)
	refused(t, "before it was made", err, "error.link.dead")
	for _, code := range []string{"", "x", strings.Repeat("A", 26), strings.Repeat("Z", 1<<16)} {
		_, err = d.Open(t.Context(), code)
		refused(t, "a guess", err, "error.link.dead")
	}
}

// TestMembers: what administrators may do to whom, and the last of them.
func TestMembers(t *testing.T) {
	d := openDoor(t, secure)
	lan := d.enrol("Lan", desk.Admin)
	hoa := d.enrol("Hoa", desk.Editor)
	_, err := d.Invite(t.Context(), hoa.token, "Tý", desk.Editor)
	refused(t, "an editor invites", err, "error.role.higher")
	refused(t, "an editor ends", d.End(t.Context(), hoa.token, lan.id), "error.role.higher")
	refused(t, "an editor rises", d.ChangeRole(t.Context(), hoa.token, hoa.id, desk.Admin), "error.role.higher")
	refused(t, "the last administrator ends", d.End(t.Context(), lan.token, lan.id), "error.member.last_admin")
	refused(t, "the last administrator steps down", d.ChangeRole(t.Context(), lan.token, lan.id, desk.Editor), "error.member.last_admin")
	if _, err = d.Invite(t.Context(), lan.token, "Minh", desk.Admin); err != nil {
		t.Fatal(err)
	}
	refused(t, "with one invited who never came", d.End(t.Context(), lan.token, lan.id), "error.member.last_admin")
	d.clock.move(6 * time.Minute)
	refused(t, "without confirming", d.End(t.Context(), lan.token, hoa.id), "error.confirm")
	d.prove(lan)
	if err := d.End(t.Context(), lan.token, hoa.id); err != nil {
		t.Fatal(err)
	}
	_, err = d.Seat(t.Context(), hoa.token)
	refused(t, "a member removed in mid-session", err, "error.session.over")
	refused(t, "and back in", d.signIn(hoa), "error.passkey.unknown")
	refused(t, "ended twice", d.End(t.Context(), lan.token, hoa.id), "error.role.state")
	err = d.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: lan.id, DeskID: deskID, Name: "Lan", Role: desk.Editor})
	})
	if err != nil {
		t.Fatalf("Minh is an administrator too, on paper: %v", err)
	}
	err = d.db.Update(t.Context(), func(tx *store.Tx) error {
		for _, m := range []string{"Minh"} {
			all, err := tx.Members(deskID)
			if err != nil {
				return err
			}
			for _, x := range all {
				if x.Name == m {
					x.Ended = true
					return tx.PutMember(x)
				}
			}
		}
		return nil
	})
	if desk.KindOf(err) != desk.Forbidden {
		t.Errorf("the schema lets the last administrator go: %v", err)
	}
}

// TestRecovery takes two administrators where there are two others, ends what
// was before, and makes the new key wait.
func TestRecovery(t *testing.T) {
	d := openDoor(t, secure)
	lan, minh, hoa := d.enrol("Lan", desk.Admin), d.enrol("Minh", desk.Admin), d.enrol("Hoa", desk.Reviewer)
	d.publish()
	_, _, err := d.AskRecovery(t.Context(), lan.token, lan.id)
	refused(t, "oneself", err, "error.recovery.own")
	l, needed, err := d.AskRecovery(t.Context(), lan.token, hoa.id)
	if err != nil || !needed || l.Code != "" {
		t.Fatalf("one administrator is enough: %v %v", needed, err)
	}
	_, err = d.ConfirmRecovery(t.Context(), lan.token, hoa.id)
	refused(t, "the same administrator twice", err, "error.recovery.second")
	_, err = d.ConfirmRecovery(t.Context(), hoa.token, hoa.id)
	refused(t, "the member", err, "error.role.higher")
	if l, err = d.ConfirmRecovery(t.Context(), minh.token, hoa.id); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Seat(t.Context(), hoa.token); err != nil {
		t.Errorf("what Hoa has ends before the link is used: %v", err)
	}
	in, err := d.Open(t.Context(), l.Code)
	if err != nil || !in.Recovery {
		t.Fatal(err)
	}
	old := *hoa
	hoa.device = d.device()
	if hoa.token, err = d.EnrolPasskey(t.Context(), "", l.Code, "mới", hoa.device.Register(in.Passkey)); err != nil {
		t.Fatal(err)
	}
	_, err = d.Seat(t.Context(), old.token)
	refused(t, "the old session", err, "error.session.over")
	refused(t, "the old passkey", d.signIn(&old), "error.passkey.unknown")
	_, err = d.BeginApproval(t.Context(), hoa.token, revisionOf("x"))
	refused(t, "approving at once", err, "error.key.young")
	d.clock.move(73 * time.Hour)
	if err := d.signIn(hoa); err != nil {
		t.Fatal(err)
	}
	if _, err = d.BeginApproval(t.Context(), hoa.token, revisionOf("x")); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	// With one other administrator, that one is enough.
	two := openDoor(t, secure)
	a, b := two.enrol("A", desk.Admin), two.enrol("B", desk.Admin)
	if l, needed, err := two.AskRecovery(t.Context(), a.token, b.id); err != nil || needed || l.Code == "" {
		t.Errorf("a desk of two cannot recover: %v %v", needed, err)
	}
}

// TestKeysRotate: the old key is good until the new one is, and none lasts.
func TestKeysRotate(t *testing.T) {
	d := openDoor(t, secure)
	w := d.enrol("Hoa", desk.Reviewer)
	d.publish()
	revision := revisionOf("x")
	first, err := d.BeginApproval(t.Context(), w.token, revision)
	if err != nil {
		t.Fatal(err)
	}
	o, err := d.BeginPasskey(t.Context(), w.token)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.AddPasskey(t.Context(), w.token, "khóa USB", w.device.Register(o)); err != nil {
		t.Fatal(err)
	}
	own, err := d.Own(t.Context(), w.token)
	if err != nil || len(own.Passkeys) != 2 {
		t.Fatalf("%+v %v", own.Passkeys, err)
	}
	for _, p := range own.Passkeys {
		if !p.Approves {
			if err := d.ApproveWith(t.Context(), w.token, p.Name); err != nil {
				t.Fatal(err)
			}
			refused(t, "a second time", d.ApproveWith(t.Context(), w.token, p.Name), "error.key.used")
		}
	}
	ask, err := d.BeginApproval(t.Context(), w.token, revision)
	if err != nil || ask.KeyID != first.KeyID {
		t.Errorf("the old key is not good any more: %+v %v", ask, err)
	}
	d.clock.move(73 * time.Hour)
	if err := d.signIn(w); err != nil {
		t.Fatal(err)
	}
	if ask, err = d.BeginApproval(t.Context(), w.token, revision); err != nil || ask.KeyID == first.KeyID {
		t.Errorf("the new key is not in use: %+v %v", ask, err)
	}
	d.clock.move(150 * 24 * time.Hour)
	if state, err := d.Ageing(t.Context(), w.id); err != nil || state != access.KeyAgeing {
		t.Errorf("day 153: %v %v", state, err)
	}
	d.clock.move(31 * 24 * time.Hour)
	if err := d.signIn(w); err != nil {
		t.Fatal(err)
	}
	_, err = d.BeginApproval(t.Context(), w.token, revision)
	refused(t, "after 180 days", err, "error.key.old")
}

// TestPasswords: each way to be wrong says the same, a code works once, a name
// is held after five, known or not.
func TestPasswords(t *testing.T) {
	d := openDoor(t, insecure)
	if d.Passkeys() || !d.Passwords() {
		t.Fatal("a bare address must offer passwords and no passkeys")
	}
	l := d.link("Hoa", desk.Admin)
	in, err := d.Open(t.Context(), l.Code)
	if err != nil || in.Step == nil {
		t.Fatal(err)
	}
	if side, path := in.Step.QR(); side < 29 || side > 185 || !strings.HasPrefix(path, "M4 4h1v1h-1z") {
		t.Errorf("QR code of %d modules: %.40s", side, path)
	}
	code := func() string {
		c, err := totp.GenerateCode(strings.ReplaceAll(in.Step.Secret, " ", ""), d.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := "bờ sông có bốn cây bàng"
	for name, p := range map[string][2]string{
		"error.password.short": {"ngắn quá", code()}, "error.password.weak": {"aaaaaaaaaaaaaaab", code()}, "error.password.step": {good, "000000"},
	} {
		_, err := d.EnrolPassword(t.Context(), "", l.Code, "Hoa", p[0], p[1])
		refused(t, name, err, name)
	}
	token, err := d.EnrolPassword(t.Context(), "", l.Code, "Hoa  Trần", good, code())
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.SignInPassword(t.Context(), "", "hoa trần", good, code())
	refused(t, "the code of the enrolment again", err, "error.password.wrong")
	d.clock.move(time.Minute)
	once := code()
	if _, err = d.SignInPassword(t.Context(), "", "HOA TRẦN", good, once); err != nil {
		t.Fatal(err)
	}
	_, err = d.SignInPassword(t.Context(), "", "hoa trần", good, once)
	refused(t, "a code twice", err, "error.password.wrong")
	d.clock.move(2 * time.Minute)
	_, err = d.SignInPassword(t.Context(), "", "hoa trần", good+"x", code())
	refused(t, "another password", err, "error.password.wrong")
	for _, name := range []string{"hoa trần", "nobody at all"} {
		var last error
		for range 7 {
			_, last = d.SignInPassword(t.Context(), "", name, "mười hai ký tự sai", "123456")
		}
		refused(t, "spraying "+name, last, "error.password.held")
	}
	_, err = d.SignInPassword(t.Context(), "", "hoa trần", good, code())
	refused(t, "the right password of a held name", err, "error.password.held")
	d.clock.move(16 * time.Minute)
	if _, err = d.SignInPassword(t.Context(), "", "hoa trần", good, code()); err != nil {
		t.Errorf("after the hold: %v", err)
	}
	// Approvals are unsigned and need a proof of the last minutes.
	ask, err := d.BeginApproval(t.Context(), token, revisionOf("x"))
	if err != nil || ask.Options != nil {
		t.Fatal(ask, err)
	}
	_, err = d.FinishApproval(t.Context(), token, revisionOf("x"), nil)
	refused(t, "without a proof", err, "error.confirm")
	d.clock.move(time.Minute)
	if token, err = d.ProvePassword(t.Context(), token, good, code()); err != nil {
		t.Fatal(err)
	}
	got, err := d.FinishApproval(t.Context(), token, revisionOf("x"), nil)
	if err != nil || got.Signed || got.Assertion != nil {
		t.Errorf("%+v %v", got, err)
	}
}

// TestSchemaKnowsTheKeys publishes on bare rows with keys that are not good.
func TestSchemaKnowsTheKeys(t *testing.T) {
	d := openDoor(t, secure)
	a, b := d.enrol("A", desk.Reviewer), d.enrol("B", desk.Reviewer)
	keyOf := func(w *worker) string {
		own, err := d.Own(t.Context(), w.token)
		if err != nil {
			t.Fatal(err)
		}
		return own.Keys[0].ID
	}
	ka, kb := keyOf(a), keyOf(b)
	for name, keys := range map[string][2]string{"another's key": {kb, kb}, "a made-up key": {ka, "x"}} {
		if err := d.publishWith("c-"+name, a.id, keys[0], b.id, keys[1]); desk.KindOf(err) != desk.Forbidden {
			t.Errorf("%s publishes: %v", name, err)
		}
	}
	if err := d.publishWith("c-good", a.id, ka, b.id, kb); err != nil {
		t.Errorf("good keys do not: %v", err)
	}
	err := d.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.AddApprovalKey(desk.NewApprovalKey("soon", a.id, nil, tx.Now(), false))
	})
	if desk.KindOf(err) != desk.Forbidden {
		t.Errorf("a new key does not wait: %v", err)
	}
	d.clock.move(181 * 24 * time.Hour)
	if err := d.publishWith("c-old", a.id, ka, b.id, kb); desk.KindOf(err) != desk.Forbidden {
		t.Errorf("keys of 181 days publish: %v", err)
	}
}

// TestSetUp: the link of the terminal makes the first member, once.
func TestSetUp(t *testing.T) {
	d := openDoor(t, secure)
	l, due, err := d.SetUpLink(t.Context())
	if err != nil || !due {
		t.Fatal(due, err)
	}
	newer, _, err := d.SetUpLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.OpenSetUp(t.Context(), l.Code)
	refused(t, "the link of an earlier start", err, "error.link.dead")
	f := access.Founding{
		Name: "Bến Sông", Lang: "vi", Owner: "Hợp tác xã", OwnerKind: desk.OwnerIndependent, Funders: "Bạn đọc", FunderKind: desk.OwnerUnknown, Member: "Lan",
	}
	bare := f
	bare.Owner = " "
	_, err = d.SetUp(t.Context(), newer.Code, bare)
	refused(t, "no owner", err, "error.set_up.owner")
	member, err := d.SetUp(t.Context(), newer.Code, f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.SetUp(t.Context(), newer.Code, f)
	refused(t, "a second set-up", err, "error.link.dead")
	_, due, err = d.SetUpLink(t.Context())
	if err != nil || due {
		t.Errorf("set-up is due while the first member's link works: %v", err)
	}
	in, err := d.Open(t.Context(), member.Code)
	if err != nil || in.Member.Role != desk.Admin {
		t.Fatal(in.Member, err)
	}
}
