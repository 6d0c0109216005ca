package access_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// ring is a key ring of one test.
type ring string

func (r ring) FormMAC(parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, []byte(r))
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

const (
	secure   = "https://desk.example"
	insecure = "http://10.0.0.7:8080"
	deskID   = "river"
)

// door is an Access on a store of its own, with a desk that has no members.
type door struct {
	*access.Access
	t     testing.TB
	db    *store.DB
	clock *clock
	op    access.Operator
}

func openDoor(t testing.TB, address string, change ...func(*access.Config)) *door {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "desk.db"), Clock: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: deskID, Local: true, Name: "Bến Sông", Lang: "vi"})
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	cfg := access.Config{DB: db, Ring: ring("test"), URL: u, Name: "Bến Sông", Clock: c.now}
	for _, f := range change {
		f(&cfg)
	}
	a, err := access.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &door{Access: a, t: t, db: db, clock: c, op: access.NewOperator(db)}
}

// worker is a member with a device and a session.
type worker struct {
	id, token string
	device    *testkit.Authenticator
}

func (d *door) link(name string, role desk.Role) access.Link {
	d.t.Helper()
	l, err := d.op.Add(d.t.Context(), deskID, name, role)
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func (d *door) device() *testkit.Authenticator {
	u := d.URL()
	return testkit.NewAuthenticator(d.t, u.Scheme+"://"+u.Host, u.Hostname())
}

// enrol takes a member in with a passkey.
func (d *door) enrol(name string, role desk.Role) *worker {
	d.t.Helper()
	l := d.link(name, role)
	w := &worker{id: l.Member.ID, device: d.device()}
	in, err := d.Open(d.t.Context(), l.Code)
	if err != nil {
		d.t.Fatal(err)
	}
	if w.token, err = d.EnrolPasskey(d.t.Context(), "", l.Code, "Điện thoại", w.device.Register(in.Passkey)); err != nil {
		d.t.Fatal(err)
	}
	return w
}

// signIn opens a new session with the worker's passkey.
func (d *door) signIn(w *worker) error {
	d.t.Helper()
	o, err := d.BeginSignIn()
	if err != nil {
		return err
	}
	token, err := d.FinishSignIn(d.t.Context(), "", w.device.Assert(o))
	if err == nil {
		w.token = token
	}
	return err
}

// prove shows that it is still the worker.
func (d *door) prove(w *worker) {
	d.t.Helper()
	o, err := d.BeginProof(w.token)
	if err == nil {
		w.token, err = d.FinishProof(d.t.Context(), w.token, w.device.Assert(o))
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// publish gives the desk a published check, so that new keys wait.
func (d *door) publish() {
	d.t.Helper()
	err := d.db.Update(d.t.Context(), func(tx *store.Tx) error {
		for _, id := range []string{"an", "bo"} {
			if err := tx.PutMember(desk.Member{ID: id, DeskID: deskID, Name: id, Role: desk.Reviewer, KeyID: "k-" + id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = d.publishWith("c1", "an", "k-an", "bo", "k-bo")
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// publishWith publishes a check with two named keys.
func (d *door) publishWith(id, author, authorKey, reviewer, reviewerKey string) error {
	return d.db.Update(d.t.Context(), func(tx *store.Tx) error {
		if err := tx.AddCheck(desk.Check{ID: id, DeskID: deskID, Lang: "vi"}); err != nil {
			return err
		}
		v := desk.Version{
			CheckID: id, Number: 1, Act: desk.Publish, Kind: desk.FactKind, Verdict: desk.NotRated, NotRatedKind: desk.Opinion,
			Claim: "Đập xả nước đêm nay.", Summary: "Vì thế.", Title: "Đập", Topic: "weather", Published: tx.Day(), AsOf: tx.Day(), Author: author,
		}
		r := desk.Revision(v)
		return tx.AddVersion(v, r, []desk.Approval{
			{MemberID: author, KeyID: authorKey, Revision: r}, {MemberID: reviewer, KeyID: reviewerKey, Revision: r},
		})
	})
}

// refused demands an error with a key.
func refused(t *testing.T, what string, err error, key string) {
	t.Helper()
	var e *desk.Error
	if err == nil || !errors.As(err, &e) || e.Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

func revisionOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// TestPasskeyCeremonies goes the whole way: link, passkey, sign-in, a signed
// approval that an outsider can check, sign-out.
func TestPasskeyCeremonies(t *testing.T) {
	d := openDoor(t, secure)
	w := d.enrol("Hoa", desk.Reviewer)
	seat, err := d.Seat(t.Context(), w.token)
	if err != nil || seat.Member.ID != w.id || !seat.Reauthenticated || seat.Lang != "vi" {
		t.Fatalf("%+v, %v", seat, err)
	}
	first := w.token
	if err := d.signIn(w); err != nil || w.token == first {
		t.Fatalf("sign-in: %v", err)
	}
	revision := revisionOf("bản một")
	ask, err := d.BeginApproval(t.Context(), w.token, revision)
	if err != nil || ask.Options == nil {
		t.Fatalf("%+v, %v", ask, err)
	}
	got, err := d.FinishApproval(t.Context(), w.token, revision, w.device.Assert(ask.Options))
	if err != nil || !got.Signed || got.KeyID != ask.KeyID || got.MemberID != w.id || got.Revision != revision {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := access.VerifyProof(got.Assertion, revision, secure, "desk.example"); err != nil {
		t.Errorf("a stranger cannot check it: %v", err)
	}
	for name, err := range map[string]error{
		"another revision":       access.VerifyProof(got.Assertion, revisionOf("bản hai"), secure, "desk.example"),
		"another origin":         access.VerifyProof(got.Assertion, revision, "https://evil.example", "desk.example"),
		"another relying party":  access.VerifyProof(got.Assertion, revision, secure, "evil.example"),
		"another key":            access.VerifyProof(withKeyOf(t, got.Assertion, d.enrol("Minh", desk.Reviewer), d), revision, secure, "desk.example"),
		"a flipped bit":          access.VerifyProof(flip(got.Assertion), revision, secure, "desk.example"),
		"nothing":                access.VerifyProof(nil, revision, secure, "desk.example"),
		"a revision of no hash":  access.VerifyProof(got.Assertion, "abc", secure, "desk.example"),
		"a proof of many bytes":  access.VerifyProof([]byte(strings.Repeat("x", 1<<20)), revision, secure, "desk.example"),
		"a revision in the open": access.VerifyProof(got.Assertion, "", secure, "desk.example"),
	} {
		if !errors.Is(err, access.ErrProof) {
			t.Errorf("the proof holds for %s: %v", name, err)
		}
	}
	if err := d.SignOut(t.Context(), w.token); err != nil {
		t.Fatal(err)
	}
	_, err = d.Seat(t.Context(), w.token)
	refused(t, "after signing out", err, "error.session.over")
}

func withKeyOf(t *testing.T, proof []byte, w *worker, d *door) []byte {
	t.Helper()
	revision := revisionOf("x")
	ask, err := d.BeginApproval(t.Context(), w.token, revision)
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.FinishApproval(t.Context(), w.token, revision, w.device.Assert(ask.Options))
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]string
	if err := errors.Join(json.Unmarshal(proof, &a), json.Unmarshal(other.Assertion, &b)); err != nil {
		t.Fatal(err)
	}
	a["key"] = b["key"]
	out, _ := json.Marshal(a)
	return out
}

func flip(proof []byte) []byte {
	var p map[string]string
	_ = json.Unmarshal(proof, &p)
	sig, _ := base64.RawURLEncoding.DecodeString(p["signature"])
	sig[len(sig)-1] ^= 1
	p["signature"] = base64.RawURLEncoding.EncodeToString(sig)
	out, _ := json.Marshal(p)
	return out
}

// TestHostilePasskeys bends one thing of an answer at a time.
func TestHostilePasskeys(t *testing.T) {
	d := openDoor(t, secure)
	for _, tt := range []struct {
		name string
		bend func(dev *testkit.Authenticator)
		key  string
	}{
		{"another origin", func(a *testkit.Authenticator) { a.Origin = "https://evil.example" }, "error.passkey.refused"},
		{"the origin without its lock", func(a *testkit.Authenticator) { a.Origin = "http://desk.example" }, "error.passkey.refused"},
		{"another port", func(a *testkit.Authenticator) { a.Origin = "https://desk.example:444" }, "error.passkey.refused"},
		{"another relying party", func(a *testkit.Authenticator) { a.RPID = "evil.example" }, "error.passkey.refused"},
		{"nobody present", func(a *testkit.Authenticator) { a.Flags = testkit.FlagVerified }, "error.passkey.refused"},
		{"nobody verified", func(a *testkit.Authenticator) { a.Flags = testkit.FlagPresent }, "error.passkey.refused"},
		{"a count that goes back", func(a *testkit.Authenticator) { a.Count = 3 }, "error.passkey.copy"},
		{"a count that stands still", func(a *testkit.Authenticator) { a.Count = 9 }, "error.passkey.copy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := d.enrol(tt.name, desk.Editor)
			w.device.Count = 9
			if err := d.signIn(w); err != nil {
				t.Fatal(err)
			}
			tt.bend(w.device)
			refused(t, "sign in", d.signIn(w), tt.key)
			o, err := d.BeginProof(w.token)
			if err != nil {
				t.Fatal(err)
			}
			w.device.Count = min(w.device.Count, 9)
			if strings.Contains(tt.name, "still") || strings.Contains(tt.name, "back") {
				w.device.Count = 2
			}
			_, err = d.FinishProof(t.Context(), w.token, w.device.Assert(o))
			refused(t, "prove", err, tt.key)
			revision := revisionOf("r")
			ask, err := d.BeginApproval(t.Context(), w.token, revision)
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.FinishApproval(t.Context(), w.token, revision, w.device.Assert(ask.Options))
			refused(t, "approve", err, tt.key)
		})
	}
}

// TestHostileRegistration bends what a new device says of itself.
func TestHostileRegistration(t *testing.T) {
	d := openDoor(t, secure)
	l := d.link("Hoa", desk.Editor)
	for name, bend := range map[string]func(*testkit.Authenticator){
		"another origin":        func(a *testkit.Authenticator) { a.Origin = "https://evil.example" },
		"another relying party": func(a *testkit.Authenticator) { a.RPID = "evil.example" },
		"nobody verified":       func(a *testkit.Authenticator) { a.Flags = testkit.FlagPresent },
	} {
		in, err := d.Open(t.Context(), l.Code)
		if err != nil {
			t.Fatal(err)
		}
		dev := d.device()
		bend(dev)
		_, err = d.EnrolPasskey(t.Context(), "", l.Code, "x", dev.Register(in.Passkey))
		refused(t, name, err, "error.passkey.refused")
	}
	other := d.link("Minh", desk.Editor)
	in, err := d.Open(t.Context(), other.Code)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.EnrolPasskey(t.Context(), "", l.Code, "x", d.device().Register(in.Passkey))
	refused(t, "an answer to another's link", err, "error.passkey.late")
	for name, response := range map[string]string{"nothing": "", "no JSON": "{", "null": "null", "much": strings.Repeat("[", 1<<20), "an empty object": "{}"} {
		_, err = d.EnrolPasskey(t.Context(), "", l.Code, "x", []byte(response))
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, label := range []string{"", " ", strings.Repeat("x", 61), "a\x00b"} {
		in, _ := d.Open(t.Context(), l.Code)
		_, err = d.EnrolPasskey(t.Context(), "", l.Code, label, d.device().Register(in.Passkey))
		refused(t, "label "+label, err, "error.passkey.label")
	}
	// After all that the link still works, once.
	in, _ = d.Open(t.Context(), l.Code)
	dev := d.device()
	response := dev.Register(in.Passkey)
	if _, err = d.EnrolPasskey(t.Context(), "", l.Code, "x", response); err != nil {
		t.Fatal(err)
	}
	_, err = d.EnrolPasskey(t.Context(), "", l.Code, "x", response)
	refused(t, "the same again", err, "error.link.dead")
}

// TestAnswersWorkOnce replays what was sent before.
func TestAnswersWorkOnce(t *testing.T) {
	d := openDoor(t, secure)
	w := d.enrol("Hoa", desk.Editor)
	o, err := d.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	// A device that counts nothing, as many do: only the challenge protects.
	response := w.device.Assert(o)
	if _, err := d.FinishSignIn(t.Context(), "", response); err != nil {
		t.Fatal(err)
	}
	if _, err = d.FinishSignIn(t.Context(), "", response); err == nil {
		t.Error("the same answer signs in twice")
	}
	proof, err := d.BeginProof(w.token)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.FinishSignIn(t.Context(), "", w.device.Assert(proof))
	refused(t, "a proof used to sign in", err, "error.passkey.late")
	o, _ = d.BeginSignIn()
	_, err = d.FinishProof(t.Context(), w.token, w.device.Assert(o))
	refused(t, "a sign-in used as a proof", err, "error.passkey.late")
	o, _ = d.BeginSignIn()
	late := w.device.Assert(o)
	d.clock.move(16 * time.Minute)
	_, err = d.FinishSignIn(t.Context(), "", late)
	refused(t, "a page that stood open too long", err, "error.passkey.late")
	d.clock.move(-16 * time.Minute)
	d.clock.move(-24 * time.Hour)
	_, err = d.FinishSignIn(t.Context(), "", late)
	refused(t, "a clock that was set back", err, "error.passkey.late")
}

// TestAnswersAtOnce: of twenty who send the same answer at once, one gets in.
func TestAnswersAtOnce(t *testing.T) {
	d := openDoor(t, secure)
	w := d.enrol("Hoa", desk.Editor)
	o, err := d.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	response := w.device.Assert(o)
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 20 {
		wg.Go(func() {
			if _, err := d.FinishSignIn(context.Background(), "", response); err == nil {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("%d of 20 got in", in)
	}
}
