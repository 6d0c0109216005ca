package desk

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

// IDSize is the size of a key in bytes: 80 random bits.
const IDSize = 10

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

var idEncoding = base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding)

// NewID draws an 80-bit key: 16 lower-case characters that say nothing about
// order or time.
func NewID(random io.Reader) (string, error) {
	var b [IDSize]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a key: %w", err)
	}
	return idEncoding.EncodeToString(b[:]), nil
}

// HashID makes the key of something that already has an identity elsewhere
// from the first 80 bits of its hash.
func HashID(sum [32]byte) string { return idEncoding.EncodeToString(sum[:IDSize]) }

// ValidID reports whether s has the form of a key. Decoding would not do: it
// skips line breaks.
func ValidID(s string) bool { return len(s) == 16 && strings.Trim(s, idAlphabet) == "" }
