package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"sangto/internal/record/leaf"
)

// The flags of authenticator data (W3C Web Authentication, section 6.1): the
// user was there, and the device made sure that it was them.
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
)

// proofMost is the longest part of an assertion that is looked at, in bytes.
const proofMost = 16 << 10

// checkAssertion verifies that an assertion over the revision was made, with
// user verification, by the key (base64 of a SubjectPublicKeyInfo, with its COSE
// algorithm), and returns the site at which it was made (W3C Web Authentication,
// section 7.2, as far as it can be judged afterwards).
func checkAssertion(a leaf.Assertion, revision, spki string, alg int) (origin string, err error) {
	auth, err1 := decode64(a.AuthenticatorData)
	client, err2 := decode64(a.ClientData)
	sig, err3 := decode64(a.Signature)
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", fmt.Errorf("the assertion cannot be read: %w", err)
	}
	if origin, err = checkClientData(client, revision); err != nil {
		return "", err
	}
	// rpIdHash (32), flags (1), counter (4), and extensions that we need not know.
	if len(auth) < 37 {
		return "", errors.New("the authenticator's data is too short")
	}
	site, err := url.Parse(origin)
	if err != nil || site.Host == "" {
		return "", errors.New("the assertion names no site")
	}
	if rp := sha256.Sum256([]byte(site.Hostname())); !bytes.Equal(auth[:32], rp[:]) {
		return "", fmt.Errorf("the assertion was made for another site than %s", origin)
	}
	if auth[32]&userPresent == 0 || auth[32]&userVerified == 0 {
		return "", errors.New("the device did not make sure who approved")
	}
	sum := sha256.Sum256(client)
	return origin, checkSignature(spki, alg, append(bytes.Clone(auth), sum[:]...), sig)
}

func decode64(s string) ([]byte, error) {
	if len(s) > proofMost {
		return nil, errors.New("too long")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

func checkClientData(client []byte, revision string) (origin string, err error) {
	var c struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
		Origin    string `json:"origin"`
	}
	if err := json.Unmarshal(client, &c); err != nil {
		return "", fmt.Errorf("the browser's data cannot be read: %w", err)
	}
	want, err := hex.DecodeString(revision)
	if err != nil || len(want) != sha256.Size {
		return "", errors.New("a revision is 64 hexadecimal digits")
	}
	if c.Type != "webauthn.get" {
		return "", errors.New("this is no approval but something else that the key signed")
	}
	if c.Challenge != base64.RawURLEncoding.EncodeToString(want) {
		return "", errors.New("the key signed another text than this one")
	}
	return c.Origin, nil
}

// COSE algorithm numbers (IANA registry, RFC 9053 and RFC 8812).
const (
	coseES256 = -7
	coseEdDSA = -8
	coseES384 = -35
	coseES512 = -36
	cosePS256 = -37
	cosePS384 = -38
	cosePS512 = -39
	coseRS256 = -257
	coseRS384 = -258
	coseRS512 = -259
)

var errSignature = errors.New("the signature is not of the key that the record names")

// checkSignature verifies message under a key. Anything that is not of a known
// form does not hold.
func checkSignature(spki string, alg int, message, sig []byte) error {
	der, err := base64.StdEncoding.DecodeString(spki)
	if err != nil {
		return fmt.Errorf("the key in the record cannot be read: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return fmt.Errorf("the key in the record cannot be read: %w", err)
	}
	hash := hashOf(alg)
	digest := func() []byte {
		h := hash.New()
		_, _ = h.Write(message)
		return h.Sum(nil)
	}
	ok := false
	switch key := key.(type) {
	case ed25519.PublicKey:
		ok = alg == coseEdDSA && ed25519.Verify(key, message, sig)
	case *ecdsa.PublicKey:
		ok = (alg == coseES256 || alg == coseES384 || alg == coseES512) && ecdsa.VerifyASN1(key, digest(), sig)
	case *rsa.PublicKey:
		ok = checkRSA(key, alg, hash, digest, sig)
	}
	if !ok {
		return errSignature
	}
	return nil
}

func checkRSA(key *rsa.PublicKey, alg int, hash crypto.Hash, digest func() []byte, sig []byte) bool {
	switch alg {
	case coseRS256, coseRS384, coseRS512:
		return rsa.VerifyPKCS1v15(key, hash, digest(), sig) == nil
	case cosePS256, cosePS384, cosePS512:
		return rsa.VerifyPSS(key, hash, digest(), sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
	return false
}

func hashOf(alg int) crypto.Hash {
	switch alg {
	case coseES384, cosePS384, coseRS384:
		return crypto.SHA384
	case coseES512, cosePS512, coseRS512:
		return crypto.SHA512
	}
	return crypto.SHA256
}
