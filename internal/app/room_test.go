package app

import (
	"io"
	"log/slog"
	"testing"

	"sangto/internal/config"
	"sangto/internal/store"
)

// TestLittleRoom closes the door to questions below the limit and opens it
// again above.
func TestLittleRoom(t *testing.T) {
	cfg, err := config.Raw{Data: t.TempDir(), Listen: "127.0.0.1:0"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, Logger(io.Discard, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var free int64
	look := a.watchRoom(func(string) (int64, error) { return free, nil })
	for _, c := range []struct {
		free    int64
		refuses bool
	}{{store.LowSpace, false}, {store.LowSpace - 1, true}, {0, true}, {store.LowSpace + 1, false}} {
		free = c.free
		if err := look(t.Context()); err != nil {
			t.Fatal(err)
		}
		refuses := a.intake.Refuse(false)
		a.intake.Refuse(refuses)
		if refuses != c.refuses {
			t.Errorf("with %d bytes: refuses %v", c.free, refuses)
		}
	}
	a.cfg.DB = "postgres://elsewhere/"
	free = 0
	if err := look(t.Context()); err != nil || a.intake.Refuse(false) {
		t.Errorf("the room of this machine closed a desk on a server: %v", err)
	}
}
