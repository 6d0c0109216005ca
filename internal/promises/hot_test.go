package promises_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestHotPage measures a check page that everybody opens at once, in the real
// program with its database, against a bare handler of net/http that sends the
// same bytes. It runs where SANGTO_WRK names the program wrk, since a busy
// machine would make it a test of the machine.
func TestHotPage(t *testing.T) {
	wrk := os.Getenv("SANGTO_WRK")
	if wrk == "" {
		t.Skip("SANGTO_WRK names no wrk")
	}
	p := newPlace(t)
	s := p.start(t, nil, "--demo")
	s.waitReady(t)
	link := regexp.MustCompile(`href="(/c/[0-9a-z]{16}/[^"]+)"`).FindStringSubmatch(p.mustGet(t, "/checks").body)
	if link == nil {
		t.Fatal("the demo shows no check")
	}
	body := []byte(p.mustGet(t, link[1]).body)
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	}))
	defer bare.Close()
	t.Logf("a page of %d bytes", len(body))
	var rates, tails []float64
	for range 5 {
		bareRate, bareTail := load(t, wrk, bare.URL+"/")
		rate, tail := load(t, wrk, p.url()+link[1])
		t.Logf("bare %.0f/s, 99 %% in %v; ours %.0f/s, 99 %% in %v", bareRate, bareTail, rate, tail)
		rates, tails = append(rates, rate/bareRate), append(tails, float64(tail)/float64(bareTail))
	}
	slices.Sort(rates)
	slices.Sort(tails)
	t.Logf("medians: %.2f of the throughput, %.2f times the 99th percentile", rates[2], tails[2])
	if rates[2] < 0.7 || tails[2] > 2 {
		t.Error("a hot page costs too much")
	}
}

var (
	wrkRate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkTail = regexp.MustCompile(`99%\s+([0-9.]+(us|ms|s))`)
	wrkBad  = regexp.MustCompile(`Non-2xx|Socket errors`)
)

// load runs wrk for four seconds and says how many answers came a second and how
// long the slowest hundredth took.
func load(t *testing.T, wrk, address string) (rate float64, tail time.Duration) {
	t.Helper()
	out, err := exec.Command(wrk, "-t2", "-c32", "-d4s", "--latency", address).CombinedOutput()
	r, l := wrkRate.FindSubmatch(out), wrkTail.FindSubmatch(out)
	if err != nil || r == nil || l == nil || wrkBad.Match(out) {
		t.Fatalf("%v: %s", err, out)
	}
	rate, _ = strconv.ParseFloat(string(r[1]), 64)
	tail, err = time.ParseDuration(string(l[1]))
	if err != nil || rate == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	return rate, tail
}
