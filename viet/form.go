package viet

import "golang.org/x/text/unicode/norm"

// NFC returns s in Unicode normalization form C (UAX #15) and changes nothing
// else: for wording that is to be shown as its author wrote it, where
// Canonical would go too far.
func NFC(s string) string { return norm.NFC.String(s) }

// IsNFC reports whether s is in form C already.
func IsNFC(s string) bool { return norm.NFC.IsNormalString(s) }

// NFKC returns s in Unicode normalization form KC (UAX #15), which also
// unifies compatibility characters.
func NFKC(s string) string { return norm.NFKC.String(s) }
