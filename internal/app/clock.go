package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sangto/internal/desk"
)

const (
	// slew is how far the machine's clock may move at once and still be
	// followed: what a time server corrects.
	slew = 10 * time.Minute
	// holdOut is how long a larger jump must last before it is believed.
	holdOut = 24 * time.Hour
)

// steadyClock tells the time by the machine's clock, but does not follow a
// jump of it until the jump has lasted a day: question text is deleted by date,
// and a clock that was wrong for a minute must not delete the words of
// everybody who waits. Meanwhile it goes on by the monotonic clock. A machine that slept
// looks the same; starting the program anew makes it believe the machine at once.
//
// Safe for concurrent use.
type steadyClock struct {
	// wall is the machine's clock; since is monotonic.
	wall  func() time.Time
	since func() time.Duration
	log   *slog.Logger

	mu sync.Mutex
	// at is the time that held at the monotonic instant from.
	at   time.Time
	from time.Duration
	// jumped is the monotonic instant of the first reading after a jump, and
	// by how much it was off; zero while the clocks agree.
	jumped time.Duration
	by     time.Duration
}

func newSteadyClock(log *slog.Logger) *steadyClock {
	start := time.Now()
	return steadyFrom(func() time.Time { return time.Now().Round(0) }, func() time.Duration { return time.Since(start) }, log)
}

func steadyFrom(wall func() time.Time, since func() time.Duration, log *slog.Logger) *steadyClock {
	return &steadyClock{wall: wall, since: since, log: log, at: wall(), from: since()}
}

// Now is the time.
func (c *steadyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, mono := c.wall(), c.since()
	steady := c.at.Add(mono - c.from)
	off := wall.Sub(steady)
	switch {
	case off.Abs() <= slew:
		c.by = 0
	case c.by == 0 || (off-c.by).Abs() > slew:
		c.jumped, c.by = mono, off
		c.log.Warn("the machine's clock jumped; it is followed if it stays so for a day, or after a restart", "by", off.Round(time.Second))
		return steady
	case mono-c.jumped < holdOut:
		return steady
	default:
		c.by = 0
	}
	c.at, c.from = wall, mono
	return wall
}

// absence is after how many days without a daily tick a start is suspected to
// have a wrong clock rather than a desk that was away.
const absence = 60

// tickMustWait reports whether what the tick deletes by date must wait: the
// program has just started, and by its clock the desk was away for months. The
// words of such a desk's questions stay a day longer than they should, once; by
// a wrong clock they would all be gone.
func (a *App) tickMustWait(ctx context.Context) (bool, error) {
	if a.clock.since() >= holdOut {
		return false, nil
	}
	last, err := a.flow.LastTick(ctx)
	if err != nil || last == 0 {
		return false, err
	}
	today := desk.DayOf(a.clock.Now(), a.db.Zone())
	wait := today > last+absence
	if wait && !a.tickWaits {
		a.tickWaits = true
		a.log.Warn("by the machine's clock this desk was away for months: look at the clock. Nothing is deleted by date for a day", "last_tick", last.String(), "today", today.String())
	}
	return wait, nil
}
