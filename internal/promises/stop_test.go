package promises_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestStopUnderLoad asks the program to end while people ask. Every request
// that it took is answered whole, no receipt is lost, and it is gone within ten
// seconds with exit code 0.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	const perLife = 30
	cycles := size(1, 3, 200)
	p := newPlace(t)
	s := p.serve(t)
	fresh := p.tokens(t, cycles*perLife)
	var all []*form
	var slowest time.Duration
	var cut atomic.Int64
	for cycle := range cycles {
		forms := make([]*form, perLife)
		begun, over := make(chan struct{}, perLife), make(chan struct{})
		go func() {
			defer close(over)
			inParallel(6, perLife, func(i int) {
				f := &form{token: fresh[i], text: question(100+cycle, i)}
				got, err := p.postAnswered("/ask", url.Values{"token": {f.token}, "text": {f.text}, "receipt": {"yes"}})
				if errors.Is(err, errCut) {
					cut.Add(1)
				}
				f.receipt = shownReceipt(got.body)
				forms[i] = f
				begun <- struct{}{}
			})
		}()
		for range perLife / 3 {
			<-begun
		}
		asked := time.Now()
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-s.done:
		case <-time.After(12 * time.Second):
			t.Fatalf("no end within 12 s:\n%s", p.readLog())
		}
		slowest = max(slowest, time.Since(asked))
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d:\n%s", code, p.readLog())
		}
		<-over
		s = p.serve(t)
		fresh = fresh[perLife:]
		inParallel(6, perLife, func(i int) { settle(t, p, forms[i]) })
		all = append(all, forms...)
		if t.Failed() {
			t.FailNow()
		}
	}
	s.stop(t)
	countRows(t, p, all)
	if n := cut.Load(); n > 0 {
		t.Errorf("%d requests that the program had taken were cut off", n)
	}
	if slowest > 10*time.Second {
		t.Errorf("the slowest end took %s", slowest)
	}
	t.Attr("cycles", fmt.Sprint(cycles))
	t.Attr("questions", fmt.Sprint(len(all)))
	t.Attr("cut_off", fmt.Sprint(cut.Load()))
	t.Attr("slowest_end_ms", fmt.Sprint(slowest.Milliseconds()))
}

// errCut means that a request was read and its answer did not come whole.
var errCut = errors.New("the answer broke off")

// postAnswered posts and tells a connection that was refused, or closed before
// the program can have read the request, from an answer that broke off.
func (p *place) postAnswered(path string, form url.Values) (page, error) {
	got, err := p.post(path, form)
	if err == nil {
		return got, nil
	}
	var op *net.OpError
	// Every request has its own connection: an end before the first byte of an
	// answer is the program's, who had taken it.
	if got.status != 0 || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return got, fmt.Errorf("%w: %w", errCut, err)
	}
	if errors.As(err, &op) && op.Op == "read" && errors.Is(err, syscall.ECONNRESET) {
		// The listener was closed with the connection still in its backlog:
		// the kernel resets what nobody accepted.
		return page{status: http.StatusServiceUnavailable}, err
	}
	return got, err
}
