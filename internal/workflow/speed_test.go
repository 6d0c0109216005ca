package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/testkit"
	"sangto/internal/workflow"
)

// BenchmarkPublishing measures publications against the least that a durable
// commit costs on the same database, turn about in one run, while the record is
// signed every second as in the program. A publication is the reviewer's key:
// the act that reads and judges the draft, writes the version with its approvals
// and evidence, its leaf and its words, answers the claim and ends the draft.
// What is written before it is not timed. "pairs" is the median of what a commit
// took over what the publication after it took, "sustained" the same of their
// sums.
func BenchmarkPublishing(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { publishing(b, store.Options{Path: filepath.Join(b.TempDir(), "sangto.db")}) })
	b.Run("postgres", func(b *testing.B) { publishing(b, store.Options{DSN: testkit.Postgres(b)}) })
}

func publishing(b *testing.B, o store.Options) {
	w := newBenchOn(b, o)
	w.ready("river")
	stop := signed(b, w)
	defer stop()
	var bare, whole time.Duration
	var ratios []float64
	timed := func(act func() error) time.Duration {
		began := time.Now()
		if err := act(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	reviewer := w.who("riverb")
	for i := 0; b.Loop(); i++ {
		id := w.reviewed(i)
		revision := w.draft(id).Revision
		one := timed(func() error {
			return w.db.Update(b.Context(), func(tx *store.Tx) error { return tx.SetSetting("turn", fmt.Sprint(i)) })
		})
		all := timed(func() error {
			published, err := w.flow.ApproveDraft(b.Context(), reviewer, id, desk.ReviewAnswers{NoInterest: true, Organisations: true}, key(reviewer, revision))
			if err == nil && !published {
				err = errors.New("not published")
			}
			return err
		})
		bare, whole, ratios = bare+one, whole+all, append(ratios, one.Seconds()/all.Seconds())
	}
	slices.Sort(ratios)
	n := float64(len(ratios))
	b.ReportMetric(n/bare.Seconds(), "bare/s")
	b.ReportMetric(n/whole.Seconds(), "published/s")
	b.ReportMetric(ratios[len(ratios)/2], "pairs")
	b.ReportMetric(bare.Seconds()/whole.Seconds(), "sustained")
}

// reviewed carries a draft for a claim that somebody asked about to where only
// the second key is missing.
func (b *bench) reviewed(i int) (id string) {
	b.t.Helper()
	claim, _ := b.ask(fmt.Sprintf("The dam opens tonight, says message %d.", i))
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	must(b.flow.Word(b.t.Context(), b.who("rivera"), claim, workflow.Wording{Text: fmt.Sprintf("The dam opens tonight (%d).", i), Lang: "en"}))
	id = b.start("river", claim, version(), "rivera")
	must(b.submit(id, "rivera"))
	d := b.draft(id)
	must(b.flow.Classify(b.t.Context(), b.who("riverb"), id, desk.Classification{Kind: d.Content.Kind, AboutPower: d.Content.AboutPower}))
	return id
}

// signed signs the record every second until stop is called.
func signed(b *testing.B, w *bench) (stop func()) {
	log, err := record.OpenLog(b.Context(), record.Options{DB: w.db, Data: b.TempDir(), Origin: "desk.example/log", Clock: func() time.Time { return w.now }})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var signing sync.WaitGroup
	signing.Go(func() {
		for ctx.Err() == nil {
			if err := log.Step(ctx); err != nil && ctx.Err() == nil {
				b.Error(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return func() {
		cancel()
		signing.Wait()
		log.Close()
	}
}
