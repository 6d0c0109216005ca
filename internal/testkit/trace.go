package testkit

import (
	"regexp"
	"slices"
	"strings"
)

var tracedCall = regexp.MustCompile(`^(\d+)\s+(\w+)\(`)

// Calls says which system calls of each kind come after the line of a trace
// (strace -f -o) that holds mark. They are counted from the start of their thread, as
// strace counts those that it makes fail: each number stands once, in order.
func Calls(trace, mark string) map[string][]int {
	out, seen, begun := map[string][]int{}, map[[2]string]int{}, false
	for line := range strings.Lines(trace) {
		m := tracedCall.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		begun = begun || strings.Contains(line, mark)
		one := [2]string{m[1], m[2]}
		seen[one]++
		if begun && !slices.Contains(out[m[2]], seen[one]) {
			out[m[2]] = append(out[m[2]], seen[one])
		}
	}
	for _, at := range out {
		slices.Sort(at)
	}
	return out
}
