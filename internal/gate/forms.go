package gate

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"sangto/internal/desk"
)

// MAC is the part of the key ring that forms need: HMAC-SHA-256 over parts,
// each with its length in front, so that no two lists of parts collide.
type MAC interface {
	FormMAC(parts ...[]byte) [32]byte
	ReceiptMAC(parts ...[]byte) [32]byte
}

// How old a form must and may be when it comes back. Nobody reads a page and
// answers it in less than FormMinAge; FormMaxAge bounds how long a stolen page
// is of use.
const (
	FormMinAge = 5 * time.Second
	FormMaxAge = 2 * time.Hour
)

// A token is nonce, time of issue in milliseconds, MAC, all of fixed size.
const (
	nonceSize   = 16
	issuedSize  = 8
	macSize     = 32
	tokenSize   = nonceSize + issuedSize + macSize
	TokenLength = (tokenSize*8 + 5) / 6
)

// clockSlack is how far in the future a token may lie, for a clock that was
// set back a little. Beyond it the wait would make no sense to a person, and
// the token counts as expired.
const clockSlack = time.Minute

// tokenEncoding refuses stray bits and line breaks, so that each token has
// exactly one spelling.
var tokenEncoding = base64.RawURLEncoding.Strict()

// Forms issues and checks the hidden token of a form. It keeps no state: that
// a form is used once is the store's business, through the receipt that the
// nonce yields. It is safe for concurrent use.
type Forms struct {
	mac    MAC
	clock  func() time.Time
	random io.Reader
}

// NewForms returns Forms that sign with mac and read the time from clock.
func NewForms(mac MAC, clock func() time.Time) *Forms {
	return &Forms{mac: mac, clock: clock, random: rand.Reader}
}

// Issue makes a token: a fresh 128-bit nonce and the time, signed. It is
// always TokenLength characters of base64url.
func (f *Forms) Issue() (token string, err error) {
	var b [tokenSize]byte
	if _, err := io.ReadFull(f.random, b[:nonceSize]); err != nil {
		return "", fmt.Errorf("draw a form's nonce: %w", err)
	}
	binary.BigEndian.PutUint64(b[nonceSize:], uint64(f.clock().UnixMilli()))
	sum := f.sign(b[:nonceSize+issuedSize])
	copy(b[nonceSize+issuedSize:], sum[:])
	return tokenEncoding.EncodeToString(b[:]), nil
}

// Check returns the nonce of a token that was issued here at least FormMinAge
// and at most FormMaxAge ago. Otherwise the error is a *desk.Error with one of
// the keys
//
//	error.form.forged   Forbidden: not ours, or changed on the way
//	error.form.expired  Conflict: ours but too old; show the form again, text kept
//	error.form.early    TooMany: ours but too young; Args has Seconds to wait
//
// The nonce of an expired or early token is returned beside the error, since
// its signature held: an answer to a question that was already accepted can
// then still be found by its receipt.
func (f *Forms) Check(token string) (nonce [16]byte, err error) {
	const op = "check form token"
	var b [tokenSize]byte
	forged := &desk.Error{Kind: desk.Forbidden, Op: op, Key: "error.form.forged"}
	if len(token) != TokenLength {
		return nonce, forged
	}
	if _, err := tokenEncoding.Decode(b[:], []byte(token)); err != nil {
		return nonce, forged
	}
	sum := f.sign(b[:nonceSize+issuedSize])
	if !hmac.Equal(sum[:], b[nonceSize+issuedSize:]) {
		return nonce, forged
	}
	copy(nonce[:], b[:nonceSize])
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(b[nonceSize:])))
	switch age := f.clock().Sub(issued); {
	case age > FormMaxAge || age < -clockSlack:
		return nonce, &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.form.expired"}
	case age < FormMinAge:
		return nonce, &desk.Error{
			Kind: desk.TooMany, Op: op, Key: "error.form.early",
			Args: map[string]any{"Seconds": wholeSeconds(FormMinAge - age)},
		}
	}
	return nonce, nil
}

// Receipt derives the receipt of a form from its nonce, so that sending the
// form again after a lost answer yields the same code, also after a restart.
// It is made with the form key: the receipt key stays for what is stored.
func (f *Forms) Receipt(nonce [16]byte) desk.Receipt {
	sum := f.mac.FormMAC([]byte("receipt-v1"), nonce[:])
	var secret [desk.ReceiptSecretSize]byte
	copy(secret[:], sum[:])
	return desk.NewReceipt(secret)
}

func (f *Forms) sign(payload []byte) [macSize]byte {
	return f.mac.FormMAC([]byte("form-v1"), payload)
}

// wholeSeconds rounds up, and never to zero: a person told to wait must not
// come back too soon.
func wholeSeconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}
