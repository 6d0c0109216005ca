package testkit

import (
	"os"
	"testing"
)

// Nightly reports whether tests run at the full size of a promise, which the
// environment variable SANGTO_PROMISES asks for: nightly, or release, which is
// at least as much.
func Nightly() bool {
	size := os.Getenv("SANGTO_PROMISES")
	return size == "nightly" || size == "release"
}

// Size picks the short, the usual or the full size of a test.
func Size(short, usual, full int) int {
	switch {
	case Nightly():
		return full
	case testing.Short():
		return short
	}
	return usual
}
