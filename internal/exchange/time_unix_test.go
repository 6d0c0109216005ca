//go:build unix

package exchange_test

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of the processor: other than the
// time of day it does not depend on what else the machine is doing.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
