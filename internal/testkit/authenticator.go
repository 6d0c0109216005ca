package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Authenticator is a passkey device in memory, with what a test may bend. It
// speaks W3C Web Authentication with ES256 and attestation "none". Its methods
// take the options a page gives and return what a browser would send.
type Authenticator struct {
	// Origin is what the browser says it is at, RPID what it was asked for.
	Origin, RPID string
	// Flags of every answer: user present and verified unless changed. Count is
	// the signature counter; it goes up by one at each answer.
	Flags byte
	Count uint32

	tb   testing.TB
	keys []passkey
}

type passkey struct {
	id, holder []byte
	key        *ecdsa.PrivateKey
}

// The flags of authenticator data, section 6.1.
const (
	FlagPresent  = 1 << 0
	FlagVerified = 1 << 2
	flagAttested = 1 << 6
)

// NewAuthenticator returns a device at an origin (scheme://host).
func NewAuthenticator(tb testing.TB, origin, rpID string) *Authenticator {
	return &Authenticator{Origin: origin, RPID: rpID, Flags: FlagPresent | FlagVerified, tb: tb}
}

var b64 = base64.RawURLEncoding

// Register makes a passkey for the options of navigator.credentials.create.
func (a *Authenticator) Register(options []byte) []byte {
	a.tb.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	a.decode(options, &o)
	holder, err := b64.DecodeString(o.User.ID)
	if err != nil {
		a.tb.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.tb.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	a.keys = append(a.keys, passkey{id: id, holder: holder, key: key})
	data := a.data(flagAttested)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(id)))
	data = append(append(data, id...), cose(key)...)
	// {"fmt": "none", "attStmt": {}, "authData": data} in CBOR (RFC 8949).
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	object = append(object, data...)
	return a.encode(id, map[string]string{
		"clientDataJSON": b64.EncodeToString(a.client("webauthn.create", o.Challenge)), "attestationObject": b64.EncodeToString(object),
	})
}

// Assert answers the options of navigator.credentials.get with the newest
// passkey that they allow.
func (a *Authenticator) Assert(options []byte) []byte {
	a.tb.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		Allow     []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	}
	a.decode(options, &o)
	for i := len(a.keys) - 1; i >= 0; i-- {
		k := a.keys[i]
		allowed := len(o.Allow) == 0
		for _, c := range o.Allow {
			allowed = allowed || c.ID == b64.EncodeToString(k.id)
		}
		if allowed {
			return a.sign(k, o.Challenge)
		}
	}
	a.tb.Fatal("the device has no passkey that the page allows")
	return nil
}

// AssertWith answers a challenge (base64url) with the passkey made at position
// n, whatever a page allows.
func (a *Authenticator) AssertWith(n int, challenge string) []byte {
	return a.sign(a.keys[n], challenge)
}

func (a *Authenticator) sign(k passkey, challenge string) []byte {
	a.tb.Helper()
	data := a.data(0)
	client := a.client("webauthn.get", challenge)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, k.key, sum[:])
	if err != nil {
		a.tb.Fatal(err)
	}
	return a.encode(k.id, map[string]string{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(k.holder),
	})
}

func (a *Authenticator) data(more byte) []byte {
	a.Count++
	sum := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(sum[:], a.Flags|more), a.Count)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		a.tb.Fatal(err)
	}
	return b
}

func (a *Authenticator) encode(id []byte, response map[string]string) []byte {
	b, err := json.Marshal(map[string]any{
		"id": b64.EncodeToString(id), "rawId": b64.EncodeToString(id), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform",
	})
	if err != nil {
		a.tb.Fatal(err)
	}
	return b
}

func (a *Authenticator) decode(options []byte, v any) {
	a.tb.Helper()
	if err := json.Unmarshal(options, v); err != nil {
		a.tb.Fatalf("options %s: %v", options, err)
	}
}

// cose is an ES256 key in COSE (RFC 9053, 7.1.1).
func cose(key *ecdsa.PrivateKey) []byte {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err) // P-256 points have bytes
	}
	out := append([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), point[1:33]...)
	return append(append(out, "\x22\x58\x20"...), point[33:]...)
}
