package access_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sangto/internal/access"
	"sangto/internal/desk"
	"sangto/internal/testkit"
)

// hostileCBOR is what an authenticator should not say (RFC 8949): lengths it
// does not keep, depths without end, keys twice, floats where numbers belong,
// keys of every size.
func hostileCBOR() map[string][]byte {
	rsa := func(modulus int, exponent []byte) []byte {
		out := []byte("\xa4\x01\x03\x03\x39\x01\x00\x20\x59")
		out = append(out, byte(modulus>>8), byte(modulus))
		out = append(out, bytes.Repeat([]byte{0xff}, modulus)...)
		return append(append(out, 0x21, 0x40|byte(len(exponent))), exponent...)
	}
	return map[string][]byte{
		"nothing":                 {},
		"half a number":           {0x19, 0x01},
		"a string of four GB":     {0x5a, 0xff, 0xff, 0xff, 0xff},
		"a string of 2^63":        {0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0},
		"an array of 2^32":        {0x9a, 0xff, 0xff, 0xff, 0xff},
		"a map of 2^32":           {0xba, 0xff, 0xff, 0xff, 0xff},
		"an array without end":    bytes.Repeat([]byte{0x9f}, 4000),
		"depth":                   bytes.Repeat([]byte{0x81}, 4000),
		"tags on tags":            bytes.Repeat([]byte{0xc6}, 4000),
		"a number":                {0x01},
		"a key twice":             {0xa2, 0x01, 0x02, 0x01, 0x02},
		"a kind of no key":        {0xa2, 0x01, 0x18, 0x63, 0x03, 0x26},
		"a curve of no name":      []byte("\xa5\x01\x02\x03\x26\x20\x18\x63\x21\x41\x00\x22\x41\x00"),
		"a point that is none":    append(append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), bytes.Repeat([]byte{0xff}, 32)...), append([]byte("\x22\x58\x20"), bytes.Repeat([]byte{0xff}, 32)...)...),
		"a point of one byte":     []byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x41\x01\x22\x41\x01"),
		"the point at zero":       append(append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), make([]byte, 32)...), append([]byte("\x22\x58\x20"), make([]byte, 32)...)...),
		"a short curve of Edward": []byte("\xa4\x01\x01\x03\x27\x20\x06\x21\x41\x00"),
		"a modulus of one byte":   rsa(1, []byte{1, 0, 1}),
		"a modulus of 3 kB":       rsa(3000, []byte{1, 0, 1}),
		"a modulus of 16 kB":      rsa(16000, []byte{1, 0, 1}),
		"an exponent of nothing":  rsa(256, nil),
		"an exponent of one byte": rsa(256, []byte{3}),
		"an even exponent":        rsa(256, []byte{1, 0, 0}),
		"a modulus of nothing":    rsa(0, []byte{1, 0, 1}),
	}
}

// hostileJSON bends one field of an object after another.
func hostileJSON(good []byte) map[string][]byte {
	out := map[string][]byte{
		"nothing": {}, "null": []byte("null"), "a number": []byte("1e999"), "an array": []byte("[]"), "an empty object": []byte("{}"),
		"half": good[:len(good)/2], "twice": append(append([]byte{}, good...), good...), "depth": []byte(strings.Repeat(`{"response":`, 9000)),
		"no UTF-8": append([]byte("\xff\xfe"), good...), "very much": []byte(`{"key":"` + strings.Repeat("A", 1<<20) + `"}`),
	}
	var walk func(path string, whole, at map[string]any)
	walk = func(path string, whole, at map[string]any) {
		for name, was := range maps.Clone(at) {
			if inner, ok := was.(map[string]any); ok {
				walk(path+name+".", whole, inner)
			}
			for what, value := range map[string]any{
				"null": nil, "number": -1, "list": []any{was}, "empty": "", "not base64": "=+/ộ", "long": strings.Repeat("A", 8000),
				"short": "AA", "zeroes": base64.RawURLEncoding.EncodeToString(make([]byte, 37)),
			} {
				at[name] = value
				b, _ := json.Marshal(whole)
				out[path+name+" "+what] = b
			}
			delete(at, name)
			b, _ := json.Marshal(whole)
			out[path+name+" gone"] = b
			at[name] = was
		}
	}
	var whole map[string]any
	if json.Unmarshal(good, &whole) == nil {
		walk("", whole, whole)
	}
	return out
}

// soon fails a test whose bytes keep the program busy: they take a millisecond.
func soon(t *testing.T, what string, began time.Time) {
	t.Helper()
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("%s took %v", what, d)
	}
}

// signedProof is a proof that holds for a revision.
func signedProof(t testing.TB) (proof []byte, revision string) {
	t.Helper()
	revision = revisionOf("bản một")
	challenge, _ := hex.DecodeString(revision)
	device := testkit.NewAuthenticator(t, secure, "desk.example")
	var registered, asserted struct {
		Response map[string]string `json:"response"`
	}
	made := device.Register([]byte(`{"challenge":"AA","user":{"id":"AA"}}`))
	given := device.AssertWith(0, base64.RawURLEncoding.EncodeToString(challenge))
	if err := errors.Join(json.Unmarshal(made, &registered), json.Unmarshal(given, &asserted)); err != nil {
		t.Fatal(err)
	}
	// The key stands at the end of the attestation object.
	object, _ := base64.RawURLEncoding.DecodeString(registered.Response["attestationObject"])
	key := object[bytes.LastIndex(object, []byte("\xa5\x01\x02\x03\x26")):]
	proof, err := json.Marshal(map[string]string{
		"key": base64.RawURLEncoding.EncodeToString(key), "authenticator_data": asserted.Response["authenticatorData"],
		"client_data": asserted.Response["clientDataJSON"], "signature": asserted.Response["signature"],
	})
	if err != nil {
		t.Fatal(err)
	}
	return proof, revision
}

func hostileProofs(t testing.TB, good []byte) map[string][]byte {
	t.Helper()
	out := hostileJSON(good)
	for name, b := range hostileCBOR() {
		for _, field := range []string{"key", "authenticator_data"} {
			var p map[string]string
			if err := json.Unmarshal(good, &p); err != nil {
				t.Fatal(err)
			}
			p[field] = base64.RawURLEncoding.EncodeToString(b)
			bent, _ := json.Marshal(p)
			out[field+" with "+name] = bent
		}
	}
	return out
}

func TestHostileProofs(t *testing.T) {
	good, revision := signedProof(t)
	if err := access.VerifyProof(good, revision, secure, "desk.example"); err != nil {
		t.Fatal(err)
	}
	for name, b := range hostileProofs(t, good) {
		began := time.Now()
		if err := access.VerifyProof(b, revision, secure, "desk.example"); !errors.Is(err, access.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
		soon(t, name, began)
	}
}

// FuzzVerifyProof: no bytes break it, and what holds for one revision holds for
// no other, at no other desk.
func FuzzVerifyProof(f *testing.F) {
	good, revision := signedProof(f)
	f.Add(good, revision)
	f.Add(good, strings.ToUpper(revision))
	for _, b := range hostileProofs(f, good) {
		f.Add(b, revision)
	}
	f.Fuzz(func(t *testing.T, proof []byte, revision string) {
		began := time.Now()
		err := access.VerifyProof(proof, revision, secure, "desk.example")
		soon(t, fmt.Sprintf("%d bytes", len(proof)), began)
		if err != nil {
			if !errors.Is(err, access.ErrProof) {
				t.Errorf("%v is no ErrProof", err)
			}
			return
		}
		for what, err := range map[string]error{
			"another revision":  access.VerifyProof(proof, revisionOf(revision), secure, "desk.example"),
			"another origin":    access.VerifyProof(proof, revision, "https://evil.example", "desk.example"),
			"another authority": access.VerifyProof(proof, revision, secure, "evil.example"),
		} {
			if err == nil {
				t.Errorf("it holds for %s too", what)
			}
		}
	})
}

// hostileAnswers is what can be made of what a browser sends of an authenticator.
func hostileAnswers(t testing.TB, good []byte) map[string][]byte {
	t.Helper()
	out := hostileJSON(good)
	var whole map[string]any
	if err := json.Unmarshal(good, &whole); err != nil {
		t.Fatal(err)
	}
	response, _ := whole["response"].(map[string]any)
	for _, field := range []string{"attestationObject", "authenticatorData"} {
		was, ok := response[field]
		if !ok {
			continue
		}
		raw, _ := base64.RawURLEncoding.DecodeString(fmt.Sprint(was))
		for name, b := range hostileCBOR() {
			// Where the key stands.
			response[field] = base64.RawURLEncoding.EncodeToString(append(append([]byte{}, raw[:max(0, len(raw)-77)]...), b...))
			text, _ := json.Marshal(whole)
			out[field+" with "+name] = text
		}
		response[field] = was
	}
	return out
}

// TestHostileKeys sends each hostile key to a desk that nobody has enrolled at
// before it: it is refused, or it was good.
func TestHostileKeys(t *testing.T) {
	d := openDoor(t, secure)
	for i, name := range slices.Sorted(maps.Keys(hostileCBOR())) {
		l := d.link(fmt.Sprint("Minh ", i), desk.Editor)
		in, err := d.Open(t.Context(), l.Code)
		if err != nil {
			t.Fatal(err)
		}
		all := hostileAnswers(t, testkit.NewAuthenticator(t, secure, "desk.example").Register(in.Passkey))
		response := all["attestationObject with "+name]
		if response == nil {
			t.Fatalf("no answer with %s", name)
		}
		if _, err := d.EnrolPasskey(t.Context(), "", l.Code, "x", response); err != nil && desk.KindOf(err) != desk.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCredentials: whatever a browser sends, it is refused with a sentence for
// the sender, or it was good; it never breaks the desk.
func FuzzCredentials(f *testing.F) {
	d := openDoor(f, secure)
	w := d.enrol("Hoa", desk.Editor)
	l := d.link("Minh", desk.Editor)
	in, err := d.Open(context.Background(), l.Code)
	if err != nil {
		f.Fatal(err)
	}
	options, err := d.BeginSignIn()
	if err != nil {
		f.Fatal(err)
	}
	for _, good := range [][]byte{testkit.NewAuthenticator(f, secure, "desk.example").Register(in.Passkey), w.device.Assert(options)} {
		hostile := hostileAnswers(f, good)
		for _, name := range slices.Sorted(maps.Keys(hostile)) {
			f.Add(hostile[name])
		}
		f.Add(good)
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		began := time.Now()
		var err error
		if bytes.Contains(response, []byte("attestationObject")) {
			_, err = d.EnrolPasskey(context.Background(), "", l.Code, "x", response)
		} else {
			_, err = d.FinishSignIn(context.Background(), "", response)
		}
		soon(t, fmt.Sprintf("%d bytes", len(response)), began)
		if err != nil && desk.KindOf(err) != desk.Forbidden {
			t.Error(err)
		}
	})
}
