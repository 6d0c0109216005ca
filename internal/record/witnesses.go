package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"sangto/ledger"
)

// How a witness is asked again: soon, and if it keeps failing every half hour.
const (
	askFirst = 5 * time.Second
	askLast  = 30 * time.Minute
)

// asked is what is known of one witness. It lives in memory: a witness says
// itself what it signed last.
type asked struct {
	size  int64
	wait  time.Duration
	again time.Time
}

// AskWitnesses asks every witness that has not signed the published checkpoint,
// and publishes what they answer. Nothing waits for it, and it is called by one
// goroutine at a time. The error names the
// witnesses that failed; the others' lines are published all the same.
func (l *Log) AskWitnesses(ctx context.Context) error {
	if l.door == nil || l.Refused() != nil {
		return nil
	}
	signed := l.seq.Signed()
	if signed == nil {
		return nil
	}
	published, err := l.Checkpoint()
	if err != nil {
		return err
	}
	have := map[string]bool{}
	if sameCheckpoint(published, signed) {
		_, names, err := l.policy.Open(published)
		if err != nil && !errors.Is(err, ledger.ErrQuorum) {
			return err
		}
		for _, n := range names {
			have[n] = true
		}
	}
	names := l.policy.Witnesses()
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		if have[name] || l.policy.WitnessURL(name) == "" {
			continue
		}
		w := l.asked[name]
		if w == nil {
			w = &asked{}
			l.asked[name] = w
		}
		// Side by side, so that one that hangs does not hold up the others.
		wg.Go(func() {
			if err := l.askOne(ctx, name, w, signed); err != nil {
				errs[i] = fmt.Errorf("witness %s: %w", name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// askOne asks one witness, if its time has come.
func (l *Log) askOne(ctx context.Context, name string, w *asked, signed []byte) error {
	if l.clock().Before(w.again) {
		return nil
	}
	err := l.request(ctx, name, w, signed)
	if err == nil {
		w.wait, w.again = 0, time.Time{}
		return nil
	}
	w.wait = min(max(2*w.wait, askFirst), askLast)
	w.again = l.clock().Add(w.wait)
	return err
}

// request sends the checkpoint, and once more where the witness answers that it
// signed another size before.
func (l *Log) request(ctx context.Context, name string, w *asked, signed []byte) error {
	c, err := l.open(signed)
	if err != nil {
		return err
	}
	for range 2 {
		status, answer, err := l.send(ctx, name, w.size, c, signed)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			w.size = c.Size
			return l.attach(name, signed, answer)
		case status != http.StatusConflict:
			return fmt.Errorf("it answered %d", status)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(answer)), 10, 64)
		if err != nil || size < 0 || size > c.Size {
			// A witness that signed more than we have has seen another history, or
			// ours was rolled back.
			return fmt.Errorf("it says that it signed %.20q leaves, and we have %d", answer, c.Size)
		}
		w.size = size
	}
	return errors.New("it does not say what it signed last")
}

func (l *Log) send(ctx context.Context, name string, old int64, c ledger.Checkpoint, signed []byte) (int, []byte, error) {
	hashes, err := ledger.ProveConsistency(ctx, l.files, c, old)
	if err != nil {
		return 0, nil, err
	}
	body := ledger.AddCheckpoint{Old: old, Hashes: hashes, Checkpoint: signed}.Text()
	return l.door.Post(ctx, strings.TrimSuffix(l.policy.WitnessURL(name), "/")+"/add-checkpoint", "text/plain; charset=utf-8", body)
}

// attach publishes a witness's lines beside those of the others.
func (l *Log) attach(name string, signed, answer []byte) error {
	lines, err := ledger.ReadCosignatures(answer, signed, l.policy.Witness(name))
	if err != nil {
		return err
	}
	// Nobody may add lines between our reading and our writing.
	l.mu.Lock()
	defer l.mu.Unlock()
	published, err := l.Checkpoint()
	if err != nil {
		return err
	}
	if !sameCheckpoint(published, signed) {
		published = signed
	}
	return l.seq.Attach(signed, ledger.AppendSignatures(bytes.Clone(published), lines...))
}
