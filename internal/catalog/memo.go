package catalog

import (
	"sync"

	"sangto/internal/store"
)

// memoMost bounds the filters a memo knows. They are of topics, desks and months
// that exist, of which a desk has a few hundred.
const memoMost = 1000

// memo remembers what it took reading every check to find out, as long as nothing
// is published. The zero memo is ready.
type memo[T any] struct {
	mu sync.Mutex
	// seq is the last change before everything known was read.
	seq   int64
	known map[Filter]T
}

// get returns what read finds in the transaction's snapshot, or found in another
// of the same checks.
func (m *memo[T]) get(tx *store.Tx, f Filter, read func(store.ListFilter) (T, error)) (T, error) {
	seq, err := tx.LastChange()
	if err != nil {
		var none T
		return none, err
	}
	if v, ok := m.look(seq, f); ok {
		return v, nil
	}
	v, err := read(store.ListFilter(f))
	if err == nil {
		m.keep(seq, f, v)
	}
	return v, err
}

func (m *memo[T]) look(seq int64, f Filter) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.known[f]
	return v, ok && m.seq == seq
}

// keep remembers what was read, unless a later snapshot was read meanwhile.
func (m *memo[T]) keep(seq int64, f Filter, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq < m.seq {
		return
	}
	if seq > m.seq || m.known == nil || len(m.known) >= memoMost {
		m.seq, m.known = seq, map[Filter]T{}
	}
	m.known[f] = v
}
