//go:build !linux

package measure

import (
	"syscall"
	"time"
)

// CPU is the processor time that this process has used, in the ticks of the
// system.
func CPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Resident is not told by this system.
func Resident() uint64 { return 0 }

// ResidentMost is not told by this system.
func ResidentMost() uint64 { return 0 }
