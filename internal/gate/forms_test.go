package gate_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/gate"
)

// ring is a key ring with fixed keys, in the shape of internal/keys.
type ring struct{ form, receipt string }

func (r ring) FormMAC(parts ...[]byte) [32]byte    { return sum(r.form, parts) }
func (r ring) ReceiptMAC(parts ...[]byte) [32]byte { return sum(r.receipt, parts) }

func sum(key string, parts [][]byte) [32]byte {
	h := hmac.New(sha256.New, []byte(key))
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// fakeClock is a clock that stands still until it is moved.
type fakeClock struct{ now time.Time }

func (c *fakeClock) Now() time.Time       { return c.now }
func (c *fakeClock) move(d time.Duration) { c.now = c.now.Add(d) }

func newClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
}

func newForms() (*gate.Forms, *fakeClock) {
	clock := newClock()
	return gate.NewForms(ring{"form", "receipt"}, clock.Now), clock
}

func issue(t testing.TB, f *gate.Forms) string {
	t.Helper()
	token, err := f.Issue()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func key(err error) string {
	var e *desk.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestTokenAges(t *testing.T) {
	for _, c := range []struct {
		name string
		age  time.Duration
		key  string
		kind desk.ErrorKind
	}{
		{"at once", 0, "error.form.early", desk.TooMany},
		{"just too early", gate.FormMinAge - time.Millisecond, "error.form.early", desk.TooMany},
		{"just old enough", gate.FormMinAge, "", 0},
		{"an hour", time.Hour, "", 0},
		{"just young enough", gate.FormMaxAge, "", 0},
		{"just too old", gate.FormMaxAge + time.Millisecond, "error.form.expired", desk.Conflict},
		{"ten years", 10 * 365 * 24 * time.Hour, "error.form.expired", desk.Conflict},
		{"clock set back a little", -30 * time.Second, "error.form.early", desk.TooMany},
		{"clock set back a day", -24 * time.Hour, "error.form.expired", desk.Conflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			forms, clock := newForms()
			token := issue(t, forms)
			clock.move(c.age)
			nonce, err := forms.Check(token)
			if key(err) != c.key {
				t.Fatalf("Check = %v, want key %q", err, c.key)
			}
			if err != nil && desk.KindOf(err) != c.kind {
				t.Errorf("kind %v, want %v", desk.KindOf(err), c.kind)
			}
			if nonce == ([16]byte{}) {
				t.Error("the nonce of a token that is ours is missing")
			}
		})
	}
}

func TestEarlyTokenSaysHowLong(t *testing.T) {
	forms, clock := newForms()
	token := issue(t, forms)
	clock.move(1500 * time.Millisecond)
	_, err := forms.Check(token)
	var e *desk.Error
	if !errors.As(err, &e) || e.Args["Seconds"] != 4 {
		t.Errorf("args of %v: want 4 Seconds, rounded up from 3.5", err)
	}
}

func TestTokenShape(t *testing.T) {
	forms, _ := newForms()
	seen := map[string]bool{}
	for range 1000 {
		token := issue(t, forms)
		if len(token) != gate.TokenLength || seen[token] {
			t.Fatalf("token %q: length %d or repeated", token, len(token))
		}
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatalf("token %q is not base64url", token)
		}
		seen[token] = true
	}
}

// Every single changed character must be noticed, the last one too, whose
// spare bits a lax decoder would ignore.
func TestForgedTokens(t *testing.T) {
	forms, clock := newForms()
	token := issue(t, forms)
	clock.move(time.Minute)
	if _, err := forms.Check(token); err != nil {
		t.Fatal(err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range token {
		for _, c := range alphabet {
			if byte(c) == token[i] {
				continue
			}
			bad := token[:i] + string(c) + token[i+1:]
			nonce, err := forms.Check(bad)
			if key(err) != "error.form.forged" || nonce != ([16]byte{}) {
				t.Fatalf("character %d as %q: nonce %x, %v", i, c, nonce, err)
			}
		}
	}
	other := gate.NewForms(ring{"another key", "receipt"}, clock.Now)
	for name, bad := range map[string]string{
		"empty": "", "short": token[:len(token)-1], "long": token + "A", "padded": token + "=",
		"line break": token[:20] + "\n" + token[21:], "spaces": strings.Repeat(" ", len(token)),
		"zeros": strings.Repeat("A", len(token)), "standard alphabet": strings.Repeat("+/", len(token))[:len(token)],
		"another desk's": issue(t, other), "vast": strings.Repeat("A", 1<<20),
	} {
		if _, err := forms.Check(bad); key(err) != "error.form.forged" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The error must not carry the token: it may end in a log.
func TestTokenErrorsHoldNoToken(t *testing.T) {
	forms, _ := newForms()
	token := issue(t, forms)
	for _, bad := range []string{token, token[:74] + "!"} {
		_, err := forms.Check(bad)
		if err == nil || strings.Contains(err.Error(), token[:20]) {
			t.Errorf("error %v", err)
		}
	}
}

func TestReceiptOfForm(t *testing.T) {
	forms, clock := newForms()
	token := issue(t, forms)
	clock.move(time.Minute)
	nonce, err := forms.Check(token)
	if err != nil {
		t.Fatal(err)
	}
	first := forms.Receipt(nonce)
	again := gate.NewForms(ring{"form", "receipt"}, clock.Now).Receipt(nonce)
	if !first.Equal(again) {
		t.Error("after a restart the same form gives another receipt")
	}
	if other := gate.NewForms(ring{"form2", "receipt"}, clock.Now).Receipt(nonce); first.Equal(other) {
		t.Error("the receipt does not depend on the key")
	}
	nonce[0] ^= 1
	if first.Equal(forms.Receipt(nonce)) {
		t.Error("the receipt does not depend on the nonce")
	}
	if secret := first.Secret(); strings.Contains(token, base64.RawURLEncoding.EncodeToString(secret[:])) {
		t.Error("the token shows the secret")
	}
}

// signed says by the description of the format whether a token is ours.
func signed(token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 56 || base64.RawURLEncoding.EncodeToString(b) != token {
		return false
	}
	want := sum("form", [][]byte{[]byte("form-v1"), b[:24]})
	return string(want[:]) == string(b[24:])
}

func FuzzToken(f *testing.F) {
	forms, clock := newForms()
	f.Add(issue(f, forms))
	clock.move(time.Minute)
	f.Add("")
	f.Add(strings.Repeat("A", gate.TokenLength))
	f.Fuzz(func(t *testing.T, token string) {
		nonce, err := forms.Check(token)
		switch {
		case err == nil && !signed(token):
			t.Errorf("%q passes for a token", token)
		case err != nil && key(err) == "":
			t.Errorf("%v has no sentence", err)
		case key(err) == "error.form.forged" && nonce != ([16]byte{}):
			t.Errorf("a forged token gave nonce %x", nonce)
		}
	})
}
