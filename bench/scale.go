package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"

	"sangto/bench/measure"
	"sangto/bench/peer"
	"sangto/internal/eval"
)

const scaleHeader = "documents\tsystem\tCPU ms p50\tCPU ms p99\tbuild s\theap MB\tresident MB\tresident MB at most\tMAP@5"

// scaleAll measures each system in a process of its own, so that none pays for
// the memory of another.
func scaleAll(ctx context.Context, stdout, stderr io.Writer, args []string, kinds []peer.Kind) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, scaleHeader)
	for _, k := range kinds {
		own := append([]string{}, args...)
		own = append(own, "-scale-here", "-systems", "^"+regexp.QuoteMeta(k.Name)+"$")
		cmd := exec.CommandContext(ctx, self, own...)
		cmd.Stdout, cmd.Stderr = stdout, stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", k.Name, err)
		}
	}
	return nil
}

// scaleHere measures one system with the English collection grown to size, and
// its dev and devtest messages.
func scaleHere(ctx context.Context, stdout io.Writer, o options, kinds []peer.Kind) error {
	if len(kinds) != 1 {
		return fmt.Errorf("-scale-here measures one system, -systems leaves %d", len(kinds))
	}
	col, err := loadEnglish(o.data)
	if err != nil {
		return err
	}
	sets := col.sets
	docs := eval.Grow(col.docs[:min(o.scale, len(col.docs))], o.scale, o.seed)
	col = collection{}
	start := time.Now()
	s, err := kinds[0].Build(ctx, docs, "en")
	if err != nil {
		return err
	}
	defer s.Close()
	build := time.Since(start)
	size := len(docs)
	docs = nil
	settle()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var millis, ap []float64
	// The first messages find cold caches, which a server meets once a day.
	for _, warm := range []bool{true, false} {
		for _, set := range sets {
			out := outcome{}
			if o.messages > 0 {
				set.queries = set.queries[:min(o.messages, len(set.queries))]
			}
			if warm {
				set.queries = set.queries[:min(5, len(set.queries))]
			}
			if err := o.rank(ctx, s, set, &out); err != nil {
				return err
			}
			if warm {
				continue
			}
			millis = append(millis, out.millis...)
			ap = append(ap, out.ap5...)
		}
	}
	const mb = 1 << 20
	fmt.Fprintf(stdout, "%d\t%s\t%.2f\t%.2f\t%.1f\t%d\t%d\t%d\t%.3f\n", size, kinds[0].Name,
		measure.Quantile(millis, 0.50), measure.Quantile(millis, 0.99), build.Seconds(),
		m.HeapAlloc/mb, measure.Resident()/mb, measure.ResidentMost()/mb, whole(measure.Mean(ap), len(ap)))
	return nil
}

// settle waits until work that a system does in the background is done, at most
// five minutes, so that it is not counted as the time of a query.
func settle() {
	runtime.GC()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		before := measure.CPU()
		time.Sleep(300 * time.Millisecond)
		if measure.CPU()-before < 10*time.Millisecond {
			return
		}
	}
}
