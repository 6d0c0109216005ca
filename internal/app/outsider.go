package app

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"sangto/internal/desk"
	"sangto/internal/lang"
	"sangto/internal/verify"
)

// RecordPlace is where a public record is read: an address or a folder.
func RecordPlace(where string) (verify.Place, error) {
	const op = "find the record"
	if !strings.HasPrefix(where, "http://") && !strings.HasPrefix(where, "https://") {
		p, err := verify.Folder(where)
		if err != nil {
			return p, &desk.Error{Kind: desk.NotFound, Op: op, Key: "verify.error.place", Args: map[string]any{"Place": where}, Err: err}
		}
		return p, nil
	}
	web, err := verify.NewWeb(where)
	if err != nil {
		return verify.Place{}, &desk.Error{Kind: desk.Invalid, Op: op, Key: "verify.error.place", Args: map[string]any{"Place": where}, Err: err}
	}
	words, err := lang.Load()
	if err != nil {
		return verify.Place{}, err
	}
	return verify.Place{Name: web.String(), Source: web, Shown: verify.NewSite(web, words)}, nil
}

func errNoAddress(where string) error {
	return &desk.Error{Kind: desk.Invalid, Op: "find the record", Key: "verify.error.place", Args: map[string]any{"Place": where}}
}

// VerifyState is the folder in which somebody who verifies keeps what they saw.
func VerifyState(dir string) (*verify.State, error) {
	if dir != "" {
		return verify.OpenState(dir), nil
	}
	if base := os.Getenv("XDG_STATE_HOME"); base != "" {
		return verify.OpenState(filepath.Join(base, "sangto", "verify")), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, &desk.Error{Kind: desk.Invalid, Op: "find a folder to remember in", Key: "verify.error.state", Err: err}
	}
	return verify.OpenState(filepath.Join(home, ".local", "state", "sangto", "verify")), nil
}

// Today is the present day in UTC.
func Today() desk.Day { return desk.DayOf(time.Now(), time.UTC) }
