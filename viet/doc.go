// Package viet reads Vietnamese the way people really send it.
//
// A Vietnamese sentence reaches a program in many spellings that look alike
// or that a reader takes for the same words: composed or decomposed marks,
// marks in the wrong order, 𝗯𝗼𝗹𝗱 letters from a styling site, full-width
// digits, zero-width characters between the letters, hoà beside hòa, no
// diacritics at all, raw Telex or VNI keystrokes, chat spellings. The package
// brings them to common forms. Each form forgives more than the one before:
//
//	Canonical  one way to write each word; nothing a reader sees is lost
//	Lower      Canonical without case
//	Fold       Lower without diacritics: "Đập Hoà Bình" is "dap hoa binh"
//
// Tokens cuts text into words and keeps, for each, where it stood in the
// input, so that a caller can mark the words in what it shows. ReadTelex,
// ReadVNI and Chat each give a second reading of one word; they are guesses,
// and meant for words that mean nothing as they stand.
//
// The other way, SayNumber, SayDigits and SayDecimal write numbers out as they
// are said: hai mươi mốt, một trăm linh năm, bốn phẩy ba.
//
// # What Canonical changes
//
//   - Marks: "e" + dot below + circumflex, in either order, is "ệ". A base
//     keeps at most eight marks.
//   - Compatibility characters of NFKC (Unicode Standard Annex #15) and the
//     styled letters it leaves out, such as 🅰 and ᴀ, become plain ones.
//   - Invisible characters go: zero-width, bidirectional controls, soft
//     hyphen, variation selectors, control characters other than tab and line
//     breaks. Bytes that are not UTF-8 go.
//   - The tone mark stands where the older school puts it: hòa, thúy, quý.
//     The two schools differ in open oa, oe and uy only. A mark typed on the
//     wrong vowel (hòan, gía) moves too. quí and quý stay what they are.
//
// Case, punctuation, spaces and line breaks stay.
//
// # Bounds
//
// Every function is linear in its input, safe for concurrent use, and accepts
// any bytes. Canonical, Lower and Fold return at most MaxGrowth times the
// bytes they are given.
package viet

// MaxGrowth bounds len(Canonical(s))/len(s). One character, U+FDFA, reaches
// it; ordinary text never grows.
const MaxGrowth = 11
