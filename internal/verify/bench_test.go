//go:build unix

package verify_test

import (
	"syscall"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/record/leaf"
	"sangto/internal/verify"
	"sangto/internal/verify/verifytest"
)

// BenchmarkAudit100k reads a record of 100,000 entries from a folder: a hundred
// thousand entries alone, and with the contents and approvals of a tenth.
func BenchmarkAudit100k(b *testing.B) {
	for name, checks := range map[string]int{"entries": 0, "with_10000_versions": 10_000} {
		b.Run(name, func(b *testing.B) {
			book := verifytest.New(b)
			for i := range checks {
				book.Act(verifytest.CheckID(i), 1, desk.Publish)
			}
			for len(book.Entries) < 100_000 {
				book.Leaf(leaf.Leaf{V: 1, Kind: leaf.Beat, Day: book.Day})
			}
			dir := b.TempDir()
			verifytest.Lay(b, dir, book.Files())
			p, err := verify.Folder(dir)
			must(b, err)
			before := cpu(b)
			for b.Loop() {
				if r := run(b, p, verify.Options{Today: book.Day}); !r.OK || r.Size != 100_000 {
					b.Fatal(r.Problems)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/audit")
			b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/audit")
		})
	}
}

// cpu is the processor time of this process so far: on a machine that others
// use, too, the clock on the wall says little.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	must(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
