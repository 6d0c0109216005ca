package promises_test

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"sangto/internal/desk"
)

// anyReceipt is drawn from all there are.
func anyReceipt() desk.Receipt {
	var secret [desk.ReceiptSecretSize]byte
	_, _ = rand.Read(secret[:])
	return desk.NewReceipt(secret)
}

// TestReceiptsCannotBeGuessed tries codes at random. So that this shows
// something, receipts are also drawn from a space of a few thousand, and there
// guessing must succeed.
func TestReceiptsCannotBeGuessed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	const space = 1 << 12
	narrow := func(n int) desk.Receipt {
		var secret [desk.ReceiptSecretSize]byte
		binary.BigEndian.PutUint16(secret[len(secret)-2:], uint16(n%space))
		return desk.NewReceipt(secret)
	}
	for i := range 20 {
		o.ask(t, "Có phải "+words(40_000+i)+" không?")
		o.askWith(t, narrow(i*197), "Nghe nói "+words(41_000+i))
	}
	hits := func(n int, draw func(i int) desk.Receipt) (found int) {
		for i := range n {
			if _, err := o.intake.Track(t.Context(), draw(i)); err == nil {
				found++
			} else if desk.KindOf(err) != desk.NotFound {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		return found
	}
	guesses := size(500, 5000, 1_000_000)
	if found := hits(guesses, func(int) desk.Receipt { return anyReceipt() }); found > 0 {
		t.Errorf("%d of %d guesses opened a question", found, guesses)
	}
	if found := hits(space, narrow); found != 20 {
		t.Errorf("in a space of %d codes guessing found %d of 20: the test cannot see", space, found)
	}
	t.Attr("guesses", fmt.Sprint(guesses))
	t.Attr("found", "0")
	t.Attr("found_in_a_small_space", "20 of 20")
}

// TestWrongCodesAreAlike measures whether the time of an answer tells a code
// that never was from one that is over, or from one that is wrong by a letter.
func TestWrongCodesAreAlike(t *testing.T) {
	o := newOffice(t, desk.Desk{OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	live := o.ask(t, "Có phải "+words(50_001)+" không?")
	over := o.ask(t, "Có phải "+words(50_002)+" không?")
	if err := o.intake.Withdraw(t.Context(), over); err != nil {
		t.Fatal(err)
	}
	secret := live.Secret()
	secret[3] ^= 1
	kinds := []desk.Receipt{anyReceipt(), over, desk.NewReceipt(secret)}
	samples := size(300, 1500, 34_000)
	took := make([][]float64, len(kinds))
	for i := range samples * len(kinds) {
		k := i % len(kinds)
		began := time.Now()
		_, err := o.intake.Track(t.Context(), kinds[k])
		d := time.Since(began)
		if desk.KindOf(err) != desk.NotFound {
			t.Fatalf("%v", err)
		}
		took[k] = append(took[k], float64(d.Nanoseconds()))
	}
	worst := math.Max(math.Abs(welch(took[0], took[1])), math.Abs(welch(took[0], took[2])))
	if worst > 4.5 {
		t.Errorf("the time of an answer tells the codes apart: |t| = %.1f", worst)
	}
	t.Attr("samples", fmt.Sprint(samples*len(kinds)))
	t.Attr("t", fmt.Sprintf("%.2f", worst))
}

// welch is Welch's t of two samples, the slowest tenth of each left out:
// interruptions by other programs, which fall on either.
func welch(a, b []float64) float64 {
	mean := func(s []float64) (m, v float64, n float64) {
		s = slices.Sorted(slices.Values(s))
		s = s[:len(s)*9/10]
		for _, x := range s {
			m += x
		}
		n = float64(len(s))
		m /= n
		for _, x := range s {
			v += (x - m) * (x - m)
		}
		return m, v / (n - 1), n
	}
	ma, va, na := mean(a)
	mb, vb, nb := mean(b)
	return (ma - mb) / math.Sqrt(va/na+vb/nb)
}

// TestWelchSeesADifference gives the measure what it must see.
func TestWelchSeesADifference(t *testing.T) {
	var a, b, c []float64
	for i := range 1000 {
		a, b, c = append(a, float64(1000+i%37)), append(b, float64(1000+(i*7)%37)), append(c, float64(1010+i%37))
	}
	if w := math.Abs(welch(a, b)); w > 4.5 {
		t.Errorf("equal samples: %.1f", w)
	}
	if w := math.Abs(welch(a, c)); w < 4.5 {
		t.Errorf("one in a hundred slower: %.1f", w)
	}
}

// TestGuessingIsSlowedDown sends wrong codes over the wire until the program
// refuses to look.
func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := p.start(t, nil, "--proxy", "127.0.0.0/8")
	s.waitReady(t)
	refused := 0
	for range 40 {
		got, err := p.post("/track", url.Values{"code": {anyReceipt().Code()}}, func(req *http.Request) { req.Header.Set("X-Forwarded-For", "198.51.100.7") })
		if err != nil {
			t.Fatal(err)
		}
		switch got.status {
		case http.StatusTooManyRequests:
			refused++
		case http.StatusOK:
			t.Fatal("a guess opened a question")
		}
	}
	if refused < 25 {
		t.Errorf("of 40 guesses in a row only %d were refused", refused)
	}
}
