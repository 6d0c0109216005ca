package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sangto/internal/config"
	"sangto/internal/doctor"
	"sangto/internal/store"
)

// roomEvery is how often the room on the disk is looked at. What is taken in
// between two looks is far less than store.LowSpace.
const roomEvery = 2 * time.Second

// watchRoom returns the loop that stops questions while there is little room,
// so that what was accepted keeps room for its log and its checkpoints.
// Look-ups, which write nothing, go on. A database on a server has a disk that
// is not ours to see.
func (a *App) watchRoom(free func(dir string) (int64, error)) func(context.Context) error {
	return func(context.Context) error {
		if a.cfg.DB != "" {
			return nil
		}
		n, err := free(a.cfg.Data)
		if errors.Is(err, errors.ErrUnsupported) {
			return nil
		}
		if err != nil {
			return err
		}
		low := n < store.LowSpace
		if a.intake.Refuse(low) != low {
			if low {
				a.log.Error("little room on the disk: questions are refused until there is more; the file ballast may be deleted", "free_mib", n>>20, "need_mib", store.LowSpace>>20)
			} else {
				a.log.Info("there is room on the disk: questions are taken again", "free_mib", n>>20)
			}
		}
		return nil
	}
}

// KeepBallast makes the file that the operator may delete when the disk is
// full. It is left out where it would bring that about.
func KeepBallast(cfg config.Config) error {
	path := filepath.Join(cfg.Data, doctor.Ballast)
	if _, err := os.Lstat(path); cfg.DB != "" || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if free, err := store.FreeSpace(cfg.Data); err != nil || free < 2*store.LowSpace+doctor.BallastSize {
		return nil
	}
	return store.Reserve(path, doctor.BallastSize)
}
