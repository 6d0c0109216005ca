package app

import (
	"context"
	"path/filepath"
	"time"

	"sangto/internal/config"
	"sangto/internal/doctor"
	"sangto/internal/store"
)

// Finding is one thing that Doctor looked at.
type Finding = doctor.Finding

// The states of a Finding that decide how a look-over ends.
const (
	Problem = doctor.Problem
	Unknown = doctor.Unknown
)

// Worst is the gravest state of findings.
func Worst(findings []Finding) doctor.State { return doctor.Worst(findings) }

// Doctor looks the installation of cfg over, which may be running. backups is
// the folder of backups, empty for the one in the data folder.
func Doctor(ctx context.Context, cfg config.Config, backups string) []Finding {
	if backups == "" {
		backups = filepath.Join(cfg.Data, "backups")
	}
	return doctor.Look(ctx, doctor.Patient{
		Config: cfg, Backups: backups, Program: Version(), Now: time.Now(),
		Open: func(ctx context.Context) (*store.DB, error) {
			if err := exists(cfg); err != nil {
				return nil, err
			}
			return openAsIs(ctx, cfg)
		},
	})
}
