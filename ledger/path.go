package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// Width is how many hashes a full tile and how many entries a full bundle
// hold: a subtree of height 8.
const Width = 256

// entriesLevel is the level that stands for entry bundles in a [Tile].
const entriesLevel = -1

// Tile names one tile or, with Level -1, one entry bundle.
type Tile struct {
	// Level is 0 for leaf hashes, one more for every 8 levels of the tree, -1
	// for entries.
	Level int
	// N counts tiles of a level from the left.
	N int64
	// W is how many hashes or entries there are: 1 to 255 in a partial tile,
	// 256 in a full one.
	W int
}

// CheckpointPath is where the checkpoint lies.
const CheckpointPath = "checkpoint"

// Path is where the tile lies, relative to the prefix of the log, by
// tlog-tiles: "tile/0/x001/234", "tile/entries/000.p/17".
func (t Tile) Path() string {
	level := strconv.Itoa(t.Level)
	if t.Level == entriesLevel {
		level = "entries"
	}
	path := "tile/" + level + "/" + threes(t.N)
	if t.W < Width {
		path += ".p/" + strconv.Itoa(t.W)
	}
	return path
}

// TilePath is the path of the tile of hashes n of a level, with width hashes.
func TilePath(level int, n int64, width int) string { return Tile{level, n, width}.Path() }

// EntriesPath is the path of entry bundle n with width entries.
func EntriesPath(n int64, width int) string { return Tile{entriesLevel, n, width}.Path() }

// threes writes n in groups of three digits, all but the last with an x before
// it: 1234067 is x001/x234/067. No number's path is then a folder of another's.
func threes(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

// ParsePath reads a path made by [Tile.Path]. It accepts that one spelling
// only: a server that lays files out by path must not find one tile under two.
func ParsePath(path string) (Tile, error) {
	t, ok := parsePath(path)
	if !ok || t.Path() != path {
		return Tile{}, fmt.Errorf("%q is no path of a tile", shorten(path))
	}
	return t, nil
}

func parsePath(path string) (Tile, bool) {
	t := Tile{W: Width}
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 64 {
		return t, false
	}
	level, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return t, false
	}
	if level == "entries" {
		t.Level = entriesLevel
	} else if n, err := strconv.Atoi(level); err == nil && n >= 0 && n <= 63 {
		t.Level = n
	} else {
		return t, false
	}
	number, width, partial := strings.Cut(rest, ".p/")
	if partial {
		n, err := strconv.Atoi(width)
		if err != nil || n < 1 || n >= Width {
			return t, false
		}
		t.W = n
	}
	digits := strings.ReplaceAll(strings.ReplaceAll(number, "x", ""), "/", "")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return t, false
	}
	t.N = n
	return t, true
}

// shorten keeps a hostile value from filling an error message.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
