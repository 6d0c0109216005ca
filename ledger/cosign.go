package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Signature types of notes: a plain Ed25519 signature and a cosignature.
const (
	algEd25519     = 0x01
	algCosignature = 0x04
)

// Cosigner signs checkpoints as a witness: with the time at which it saw them
// (C2SP tlog-cosignature, Ed25519). It is a [note.Signer].
type Cosigner struct {
	name  string
	hash  uint32
	key   ed25519.PrivateKey
	clock func() time.Time
}

// NewCosigner returns the cosigner of a name and an Ed25519 key. The key must
// not be used for anything else: the signed bytes do not name the cosigner.
func NewCosigner(name string, key ed25519.PrivateKey, clock func() time.Time) (*Cosigner, error) {
	if !validName(name) || len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("a cosigner needs a name without spaces and plus, and an Ed25519 key")
	}
	public := key.Public().(ed25519.PublicKey)
	return &Cosigner{name: name, hash: keyHash(name, algCosignature, public), key: key, clock: clock}, nil
}

func (c *Cosigner) Name() string    { return c.name }
func (c *Cosigner) KeyHash() uint32 { return c.hash }

// VerifierKey is the public key in the form that policy files hold.
func (c *Cosigner) VerifierKey() string {
	return verifierKey(c.name, algCosignature, c.key.Public().(ed25519.PublicKey))
}

// Sign signs the text of a checkpoint: eight bytes of time, then the signature.
func (c *Cosigner) Sign(text []byte) ([]byte, error) {
	seconds := c.clock().Unix()
	if seconds < 0 {
		return nil, errors.New("the clock stands before 1970")
	}
	sig := binary.BigEndian.AppendUint64(nil, uint64(seconds))
	return append(sig, ed25519.Sign(c.key, cosigned(uint64(seconds), text))...), nil
}

// cosigned is the message under an Ed25519 cosignature.
func cosigned(seconds uint64, text []byte) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatUint(seconds, 10)+"\n"), text...)
}

// CosignatureVerifier verifies a witness's signatures. It is a [note.Verifier].
type CosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewCosignatureVerifier reads a witness's public key, a vkey of type 4.
func NewCosignatureVerifier(vkey string) (*CosignatureVerifier, error) {
	name, alg, key, err := parseVerifierKey(vkey)
	if err != nil {
		return nil, err
	}
	if alg != algCosignature {
		return nil, fmt.Errorf("the key of %q is no witness key", shorten(name))
	}
	return &CosignatureVerifier{name: name, hash: keyHash(name, alg, key), key: key}, nil
}

func (v *CosignatureVerifier) Name() string    { return v.name }
func (v *CosignatureVerifier) KeyHash() uint32 { return v.hash }

// Verify reports whether sig is the witness's signature of the checkpoint text.
func (v *CosignatureVerifier) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	return seconds <= math.MaxInt64 && ed25519.Verify(v.key, cosigned(seconds, text), sig[8:])
}

// CosignedAt is the time inside a cosignature, as the witness states it.
func CosignedAt(s note.Signature) (time.Time, error) {
	b, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(b) != 4+8+ed25519.SignatureSize {
		return time.Time{}, errors.New("this is no cosignature")
	}
	seconds := binary.BigEndian.Uint64(b[4:])
	if seconds > math.MaxInt64 {
		return time.Time{}, errors.New("this is no cosignature")
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// GenerateKey makes a log's signing key as [note.GenerateKey] does: the secret
// and the public half in their text forms.
func GenerateKey(rand io.Reader, origin string) (skey, vkey string, err error) {
	if !validName(origin) {
		return "", "", fmt.Errorf("%q cannot name a log: no spaces, no plus", shorten(origin))
	}
	return note.GenerateKey(rand, origin)
}

// VerifierKey is the public half of a log's signing key.
func VerifierKey(skey string) (string, error) {
	// The key itself may hold a plus, which base64 uses.
	parts := strings.SplitN(skey, "+", 5)
	bad := errors.New("this is no signing key")
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" || !validName(parts[2]) {
		return "", bad
	}
	b, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(b) != 1+ed25519.SeedSize || b[0] != algEd25519 {
		return "", bad
	}
	public := ed25519.NewKeyFromSeed(b[1:]).Public().(ed25519.PublicKey)
	return verifierKey(parts[2], algEd25519, public), nil
}

// keyHash is the short name of a key: the first four bytes of SHA-256 over
// name, newline, type and key (C2SP signed-note).
func keyHash(name string, alg byte, key []byte) uint32 {
	h := sha256.New()
	_, _ = io.WriteString(h, name+"\n")
	_, _ = h.Write(append([]byte{alg}, key...))
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func verifierKey(name string, alg byte, key []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, alg, key), base64.StdEncoding.EncodeToString(append([]byte{alg}, key...)))
}

// parseVerifierKey reads a vkey: name, plus, key hash, plus, base64 of type and key.
func parseVerifierKey(vkey string) (name string, alg byte, key []byte, err error) {
	bad := fmt.Errorf("%q is no verifier key", shorten(vkey))
	name, rest, _ := strings.Cut(vkey, "+")
	hash, b64, ok := strings.Cut(rest, "+")
	if !ok || !validName(name) || len(hash) != 8 {
		return "", 0, nil, bad
	}
	b, err := base64.StdEncoding.DecodeString(b64)
	if err != nil || len(b) != 1+ed25519.PublicKeySize {
		return "", 0, nil, bad
	}
	want, err := strconv.ParseUint(hash, 16, 32)
	if err != nil || uint32(want) != keyHash(name, b[0], b[1:]) {
		return "", 0, nil, bad
	}
	return name, b[0], b[1:], nil
}

// validName reports whether a signed note may carry the name.
func validName(name string) bool {
	return name != "" && len(name) <= 255 && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, unicode.IsSpace) && !strings.Contains(name, "+")
}
