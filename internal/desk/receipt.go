package desk

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ReceiptSecretSize is the size of a receipt's secret in bytes.
const ReceiptSecretSize = 16

// receiptAlphabet is Crockford's base32: no I, L, O or U.
const receiptAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	receiptDigits = 26 // 130 bits hold the 128 of the secret
	receiptLength = receiptDigits + 1
	receiptGroup  = 4
)

// Receipt is the random code with which an asker may return: a 128-bit secret
// written as 26 base32 characters and one check character. It travels only in
// the body of a POST and is stored only as a keyed hash. Like Raw it refuses to
// be printed, logged or encoded; Code writes it for its holder. The secret is
// a pointer to a string because that is the one shape fmt never follows.
type Receipt struct{ secret *string }

// receiptMark is what every formatter prints in place of a receipt.
const receiptMark = "[receipt withheld]"

// Format implements fmt.Formatter for every verb.
func (Receipt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, receiptMark) }

// LogValue implements slog.LogValuer.
func (Receipt) LogValue() slog.Value { return slog.StringValue(receiptMark) }

// MarshalText keeps the secret out of JSON, XML and text encoders.
func (Receipt) MarshalText() ([]byte, error) { return []byte(receiptMark), nil }

// NewReceipt makes the receipt of a secret, which the caller derives from the
// form's one-time nonce.
func NewReceipt(secret [ReceiptSecretSize]byte) Receipt {
	s := string(secret[:])
	return Receipt{secret: &s}
}

// Secret returns the bytes to hash; never store or log them.
func (r Receipt) Secret() [ReceiptSecretSize]byte {
	var secret [ReceiptSecretSize]byte
	if r.secret != nil {
		copy(secret[:], *r.secret)
	}
	return secret
}

// Equal compares in constant time.
func (r Receipt) Equal(o Receipt) bool {
	a, b := r.Secret(), o.Secret()
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Code writes the receipt for a person: groups of four, upper case.
func (r Receipt) Code() string {
	digits := r.digits()
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%receiptGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(receiptAlphabet[d])
	}
	return b.String()
}

// digits spells the secret, most significant bits first, and appends the
// check digit.
func (r Receipt) digits() [receiptLength]byte {
	var out [receiptLength]byte
	var acc uint32
	bits, n := 0, 0
	for _, b := range r.Secret() {
		acc = acc<<8 | uint32(b)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out[n] = byte(acc>>bits) & 31
			n++
		}
	}
	out[n] = byte(acc<<(5-bits)) & 31
	out[receiptDigits] = receiptCheck(out[:receiptDigits])
	return out
}

// receiptCheck is a weighted sum over the field of 32 elements: every wrong
// character and every swap of two neighbours changes it.
func receiptCheck(digits []byte) byte {
	var sum byte
	for _, d := range digits {
		sum = gf32Double(sum) ^ d
	}
	return gf32Double(sum)
}

// gf32Double multiplies by x modulo x^5+x^2+1, which is primitive.
func gf32Double(a byte) byte {
	a <<= 1
	if a&32 != 0 {
		a ^= 0b100101
	}
	return a
}

// ParseReceipt reads a code as people type it: any case, spaces and dashes
// anywhere, O for 0, I and L for 1. Where a character or the length is
// impossible the error names the group (counted from 1); a code that is merely
// wrong gives the same answer as one that was never issued, so the check
// character must not tell a guesser anything: ok is false and err is nil.
func ParseReceipt(code string) (r Receipt, ok bool, err error) {
	if len(code) > 200 {
		return Receipt{}, false, &Error{Kind: Invalid, Op: "parse receipt", Key: "error.receipt.length", Args: map[string]any{"Count": utf8.RuneCountInString(code)}}
	}
	var digits []byte
	for _, c := range code {
		if receiptSeparator(c) {
			continue
		}
		d := receiptDigit(c)
		if d < 0 {
			return Receipt{}, false, &Error{
				Kind: Invalid, Op: "parse receipt", Key: "error.receipt.character",
				Args: map[string]any{"Group": len(digits)/receiptGroup + 1},
			}
		}
		digits = append(digits, byte(d))
	}
	if len(digits) != receiptLength {
		return Receipt{}, false, &Error{
			Kind: Invalid, Op: "parse receipt", Key: "error.receipt.length",
			Args: map[string]any{"Count": len(digits)},
		}
	}
	var secret [ReceiptSecretSize]byte
	var acc uint32
	bits, n := 0, 0
	for _, d := range digits[:receiptDigits] {
		acc = acc<<5 | uint32(d)
		bits += 5
		if bits >= 8 && n < ReceiptSecretSize {
			bits -= 8
			secret[n] = byte(acc >> bits)
			n++
		}
	}
	spare := acc & (1<<bits - 1)
	return NewReceipt(secret), spare == 0 && receiptCheck(digits[:receiptDigits]) == digits[receiptDigits], nil
}

// ReadReceipt is ParseReceipt for whoever looks the receipt up: a code that is
// well formed and wrong yields the receipt of no question, which is looked up
// like any other, so that all wrong codes get one answer in one time.
func ReadReceipt(code string) (Receipt, error) {
	r, ok, err := ParseReceipt(strings.TrimSpace(code))
	if err != nil || ok {
		return r, err
	}
	return NewReceipt([ReceiptSecretSize]byte{}), nil
}

// receiptSeparator reports whether a typed character only stands between the
// others: any space, any dash, a dot, and the invisible characters that come
// along when a code is copied out of a chat.
func receiptSeparator(c rune) bool {
	return c == '.' || c == '−' || unicode.IsSpace(c) || unicode.In(c, unicode.Pd, unicode.Cf)
}

// receiptDigit returns the value of a typed character, or -1.
func receiptDigit(c rune) int {
	switch c = unicode.ToUpper(c); c {
	case 'O':
		c = '0'
	case 'I', 'L':
		c = '1'
	}
	if c > unicode.MaxASCII {
		return -1
	}
	return strings.IndexByte(receiptAlphabet, byte(c))
}
