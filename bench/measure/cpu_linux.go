package measure

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// processCPUTime is CLOCK_PROCESS_CPUTIME_ID of clock_gettime(2), which the
// syscall package does not name. getrusage(2) counts ticks of milliseconds.
const processCPUTime = 2

// CPU is the processor time that this process has used, on all its threads.
func CPU() time.Duration {
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, processCPUTime, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// Resident is the memory of this process that is in RAM, mapped files
// included, in bytes; 0 where the system does not tell.
func Resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize())
}

// ResidentMost is the most that Resident has been.
func ResidentMost() uint64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kilobytes, _ := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
	return kilobytes << 10
}
