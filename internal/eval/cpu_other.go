//go:build !linux

package eval

import "time"

// cpuClock falls back on the wall clock where the system does not tell a
// thread's processor time.
func cpuClock() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
