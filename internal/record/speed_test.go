package record_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// BenchmarkPublishing measures publications through the record against the least
// that a durable commit costs on the same database, turn about in one run, while
// the record is signed every second as in the program. A publication is a version
// with its approvals and evidence, its leaf and its words. "unrecorded" is the same
// without the leaf. "pairs" is the median of what a commit took over what the
// publication after it took, "sustained" the same of their sums: a machine that
// others use too slows a commit and the publication beside it alike.
func BenchmarkPublishing(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { publishing(b, "") })
	b.Run("postgres", func(b *testing.B) { publishing(b, testkit.Postgres(b)) })
}

func publishing(b *testing.B, dsn string) {
	s := newSite(b, dsn)
	s.open(record.Options{})
	ctx, stop := context.WithCancel(b.Context())
	var signing sync.WaitGroup
	signing.Go(func() {
		for ctx.Err() == nil {
			if err := s.log.Step(ctx); err != nil && ctx.Err() == nil {
				b.Error(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	var bare, unrecorded, recorded []time.Duration
	timed := func(into *[]time.Duration, act func(tx *store.Tx) error) {
		began := time.Now()
		s.update(act)
		*into = append(*into, time.Since(began))
	}
	for i := 0; b.Loop(); i++ {
		timed(&bare, func(tx *store.Tx) error { return tx.SetSetting("turn", fmt.Sprint(i)) })
		timed(&recorded, func(tx *store.Tx) error { return version(tx, fmt.Sprintf("a%015d", i), 1, desk.Publish, true) })
		timed(&unrecorded, func(tx *store.Tx) error { return version(tx, fmt.Sprintf("b%015d", i), 1, desk.Publish, false) })
	}
	stop()
	signing.Wait()
	s.step()
	if _, report := s.audit(); !report.Whole() || report.Checkpoint.Size < int64(len(recorded)) {
		b.Fatalf("%d leaves for %d publications, %v", report.Checkpoint.Size, len(recorded), report.Problems)
	}
	ratios := make([]float64, len(bare))
	var sums [2]float64
	for i := range bare {
		ratios[i] = bare[i].Seconds() / recorded[i].Seconds()
		sums[0], sums[1] = sums[0]+bare[i].Seconds(), sums[1]+recorded[i].Seconds()
	}
	slices.Sort(ratios)
	perSecond := func(all []time.Duration) float64 {
		slices.Sort(all)
		return 1 / all[len(all)/2].Seconds()
	}
	b.ReportMetric(perSecond(bare), "bare/s")
	b.ReportMetric(perSecond(unrecorded), "unrecorded/s")
	b.ReportMetric(perSecond(recorded), "recorded/s")
	b.ReportMetric(ratios[len(ratios)/2], "pairs")
	b.ReportMetric(sums[0]/sums[1], "sustained")
}
