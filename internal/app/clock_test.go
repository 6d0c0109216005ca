package app

import (
	"log/slog"
	"testing"
	"time"
)

// TestClockJumps moves the machine's clock by what clocks are moved, while
// time itself goes on.
func TestClockJumps(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, jump := range map[string]time.Duration{
		"a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour,
		"ten years ahead": 3653 * 24 * time.Hour, "ten years back": -3653 * 24 * time.Hour, "an hour": time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			var off, mono time.Duration
			c := steadyFrom(func() time.Time { return start.Add(mono + off) }, func() time.Duration { return mono }, slog.New(slog.DiscardHandler))
			at := func(want time.Time, when string) {
				t.Helper()
				if got := c.Now(); got.Sub(want).Abs() > slew {
					t.Errorf("%s: %s, want %s", when, got, want)
				}
			}
			mono += 3 * time.Hour
			at(start.Add(mono), "before")
			off = jump
			at(start.Add(mono), "at the jump")
			for range 23 {
				mono += time.Hour
				at(start.Add(mono), "while it is not believed")
			}
			off = 0
			at(start.Add(mono), "set right again")
			off = jump
			at(start.Add(mono), "the same jump again")
			mono += 23 * time.Hour
			at(start.Add(mono), "a day is counted from the second jump")
			mono += 2 * time.Hour
			at(start.Add(mono+off), "after it lasted a day")
		})
	}
}

// TestClockFollowsSmallSteps lets a time server pull the clock by minutes.
func TestClockFollowsSmallSteps(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var off, mono time.Duration
	c := steadyFrom(func() time.Time { return start.Add(mono + off) }, func() time.Duration { return mono }, slog.New(slog.DiscardHandler))
	for range 100 {
		mono += time.Minute
		off += slew / 2
		if got, want := c.Now(), start.Add(mono+off); !got.Equal(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}
