package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxEntry is the longest entry a bundle can hold, in bytes.
const MaxEntry = 1<<16 - 1

// maxBundle is the longest entry bundle, in bytes.
const maxBundle = Width * (2 + MaxEntry)

// AppendEntry appends one entry to a bundle: its length as two bytes, big end
// first, and the entry. An entry that is empty or longer than [MaxEntry] is an error.
func AppendEntry(bundle, entry []byte) ([]byte, error) {
	if len(entry) == 0 || len(entry) > MaxEntry {
		return bundle, fmt.Errorf("an entry has 1 to %d bytes, this one %d", MaxEntry, len(entry))
	}
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
	return append(bundle, entry...), nil
}

var errBundle = errors.New("an entry bundle is cut off or has bytes left over")

// ReadEntries takes a bundle apart. The entries are slices of bundle. A bundle that does not hold
// exactly want entries is an error.
func ReadEntries(bundle []byte, want int) ([][]byte, error) {
	if want < 1 || want > Width || len(bundle) > maxBundle {
		return nil, errBundle
	}
	entries := make([][]byte, 0, want)
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(entries) == want {
			return nil, errBundle
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+n {
			return nil, errBundle
		}
		entries = append(entries, bundle[2:2+n])
		bundle = bundle[2+n:]
	}
	if len(entries) != want {
		return nil, fmt.Errorf("an entry bundle holds %d entries instead of %d", len(entries), want)
	}
	return entries, nil
}
