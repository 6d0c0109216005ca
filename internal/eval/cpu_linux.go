package eval

import (
	"syscall"
	"time"
	"unsafe"
)

// threadCPUTime is CLOCK_THREAD_CPUTIME_ID of clock_gettime(2), which the
// syscall package does not name. getrusage(2) counts whole ticks of several
// milliseconds on many kernels, which is longer than a search.
const threadCPUTime = 3

// cpuClock returns a clock of the processor time used by the calling
// operating-system thread; the caller must have locked its goroutine to it.
func cpuClock() func() time.Duration {
	return func() time.Duration {
		var t syscall.Timespec
		syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPUTime, uintptr(unsafe.Pointer(&t)), 0)
		return time.Duration(t.Nano())
	}
}
