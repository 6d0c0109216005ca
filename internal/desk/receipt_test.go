package desk_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"sangto/internal/desk"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func receipt(t testing.TB) desk.Receipt {
	t.Helper()
	var secret [desk.ReceiptSecretSize]byte
	if _, err := rand.Read(secret[:]); err != nil {
		t.Fatal(err)
	}
	return desk.NewReceipt(secret)
}

// parses reports whether code opens r.
func parses(t *testing.T, code string, r desk.Receipt) bool {
	t.Helper()
	got, ok, err := desk.ParseReceipt(code)
	if err != nil {
		t.Fatalf("%q: %v", code, err)
	}
	return ok && got.Equal(r)
}

func TestReceiptRoundTrip(t *testing.T) {
	secrets := [][desk.ReceiptSecretSize]byte{{}, [16]byte(bytes.Repeat([]byte{0xff}, 16))}
	for bit := range 128 {
		var s [16]byte
		s[bit/8] = 1 << (bit % 8)
		secrets = append(secrets, s)
	}
	for range 200 {
		secrets = append(secrets, receipt(t).Secret())
	}
	seen := map[string]bool{}
	for _, s := range secrets {
		r := desk.NewReceipt(s)
		code := r.Code()
		if bare := strings.ReplaceAll(code, "-", ""); len(bare) != 27 || strings.Trim(bare, alphabet) != "" {
			t.Fatalf("%x is written %q", s, code)
		}
		if seen[code] || !parses(t, code, r) {
			t.Fatalf("%x is written %q and does not come back, or twice", s, code)
		}
		seen[code] = true
	}
}

// The code must mean the same in every later version: people have it on paper.
func TestReceiptCodeIsStable(t *testing.T) {
	var s [16]byte
	for i := range s {
		s[i] = byte(i*17 + 3)
	}
	const want = "0CA2-ADJ7-B1MQ-N2WW-NPZC-ZR7H-085"
	if got := desk.NewReceipt(s).Code(); got != want {
		t.Errorf("written %s, want %s", got, want)
	}
}

func TestReceiptAsPeopleTypeIt(t *testing.T) {
	r := receipt(t)
	code := r.Code()
	bare := strings.ReplaceAll(code, "-", "")
	for name, typed := range map[string]string{
		"as written": code, "bare": bare, "lower case": strings.ToLower(code), "spaces": strings.ReplaceAll(code, "-", " "),
		"wide spaces": strings.ReplaceAll(code, "-", "\u00a0\u2009"), "line breaks": strings.ReplaceAll(code, "-", "\r\n"),
		"tabs around": "\t " + code + " \n", "dots": strings.ReplaceAll(code, "-", "."), "long dashes": strings.ReplaceAll(code, "-", " — "),
		"short dashes": strings.ReplaceAll(code, "-", "–"), "other hyphens": strings.ReplaceAll(code, "-", "\u2010\u2011\u2212"),
		"invisible": "\ufeff" + strings.ReplaceAll(code, "-", "\u200b-\u2060"), "a dash after each": strings.Join(strings.Split(bare, ""), "-"),
		"O for 0": strings.ReplaceAll(code, "0", "O"), "o for 0": strings.ReplaceAll(code, "0", "o"),
		"I for 1": strings.ReplaceAll(code, "1", "I"), "l for 1": strings.ReplaceAll(code, "1", "l"),
	} {
		if !parses(t, typed, r) {
			t.Errorf("%s: %q is not %q", name, typed, code)
		}
	}
}

// TestReceiptSlips makes every single wrong character and every swap of two
// neighbours: none may pass, and none may be told from a code never issued.
func TestReceiptSlips(t *testing.T) {
	for range 50 {
		bare := []byte(strings.ReplaceAll(receipt(t).Code(), "-", ""))
		for i := range bare {
			for _, c := range []byte(alphabet) {
				if c == bare[i] {
					continue
				}
				wrong := bytes.Clone(bare)
				wrong[i] = c
				if _, ok, err := desk.ParseReceipt(string(wrong)); ok || err != nil {
					t.Fatalf("%s for %s: ok %v, %v", wrong, bare, ok, err)
				}
			}
			if i > 0 && bare[i] != bare[i-1] {
				swapped := bytes.Clone(bare)
				swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
				if _, ok, err := desk.ParseReceipt(string(swapped)); ok || err != nil {
					t.Fatalf("%s for %s: ok %v, %v", swapped, bare, ok, err)
				}
			}
		}
	}
}

// The two bits that 26 characters have too many must be zero, or a receipt
// would have four codes.
func TestReceiptHasOneCode(t *testing.T) {
	for range 20 {
		bare := []byte(strings.ReplaceAll(receipt(t).Code(), "-", ""))
		last := strings.IndexByte(alphabet, bare[25])
		for spare := 1; spare < 4; spare++ {
			for _, check := range []byte(alphabet) {
				other := append(bytes.Clone(bare[:25]), alphabet[last|spare], check)
				if _, ok, err := desk.ParseReceipt(string(other)); ok || err != nil {
					t.Fatalf("%s opens the same as %s", other, bare)
				}
			}
		}
	}
}

func TestReceiptImpossible(t *testing.T) {
	code := receipt(t).Code()
	bare := strings.ReplaceAll(code, "-", "")
	for _, c := range []struct {
		name, typed, key, arg string
		value                 int
	}{
		{"empty", "", "error.receipt.length", "Count", 0},
		{"only dashes", "-- -", "error.receipt.length", "Count", 0},
		{"one short", bare[1:], "error.receipt.length", "Count", 26},
		{"one too many", bare + "0", "error.receipt.length", "Count", 28},
		{"twice", bare + bare, "error.receipt.length", "Count", 54},
		{"vast", strings.Repeat("0", 1<<20), "error.receipt.length", "Count", 1 << 20},
		{"vast in letters of three bytes", strings.Repeat("ộ", 1000), "error.receipt.length", "Count", 1000},
		{"U in the first group", "U" + bare[1:], "error.receipt.character", "Group", 1},
		{"U at the end of the first group", bare[:3] + "u" + bare[4:], "error.receipt.character", "Group", 1},
		{"sign in the second group", bare[:4] + "?" + bare[5:], "error.receipt.character", "Group", 2},
		{"letter with a mark in the last group", bare[:26] + "Đ", "error.receipt.character", "Group", 7},
		{"wide digit", "０" + bare[1:], "error.receipt.character", "Group", 1},
		{"invalid bytes", "\xff" + bare[1:], "error.receipt.character", "Group", 1},
		{"NUL", "\x00" + bare[1:], "error.receipt.character", "Group", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, ok, err := desk.ParseReceipt(c.typed)
			var e *desk.Error
			if ok || !errors.As(err, &e) || e.Key != c.key || e.Kind != desk.Invalid || e.Args[c.arg] != c.value {
				t.Errorf("ok %v, %v; want %s with %s %d", ok, err, c.key, c.arg, c.value)
			}
			if err != nil && len(bare) > 0 && strings.Contains(err.Error(), bare[4:12]) {
				t.Errorf("the error repeats the code: %v", err)
			}
		})
	}
}

func TestReceiptEqual(t *testing.T) {
	a, b := receipt(t), receipt(t)
	if !a.Equal(a) || a.Equal(b) {
		t.Error("Equal cannot tell receipts apart")
	}
}

func FuzzParseReceipt(f *testing.F) {
	f.Add("")
	f.Add(desk.NewReceipt([16]byte{1, 2, 3}).Code())
	f.Add("O0Il1-–—. \u00a0")
	f.Add("ﬁ\u0130\u0131\u017f")
	f.Fuzz(func(t *testing.T, code string) {
		r, ok, err := desk.ParseReceipt(code)
		if ok && err != nil {
			t.Errorf("both ok and %v", err)
		}
		var e *desk.Error
		if err != nil && (!errors.As(err, &e) || !strings.HasPrefix(e.Key, "error.receipt.")) {
			t.Errorf("%v has no sentence", err)
		}
		if !ok {
			return
		}
		again, ok, err := desk.ParseReceipt(r.Code())
		if !ok || err != nil || !again.Equal(r) {
			t.Errorf("%q is read as %s, which is not read again", code, r.Code())
		}
	})
}
