package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"sangto/internal/app"
	"sangto/internal/transfer"
)

type backupCmd struct {
	folder
	To   string `name:"to" type:"path" help:"${cli_flag_to}"`
	Keep int    `name:"keep-days" default:"14" help:"${cli_flag_keep}"`
	JSON bool   `name:"json" help:"${cli_flag_json}"`
}

// backupDone is the answer to programs. Its fields are a promise.
type backupDone struct {
	Path     string   `json:"path"`
	Size     int64    `json:"size"`
	Made     string   `json:"made"`
	Engine   string   `json:"engine"`
	Level    int64    `json:"level"`
	Change   int64    `json:"change"`
	Files    int      `json:"files"`
	Pruned   []string `json:"pruned"`
	TookMS   int64    `json:"took_ms"`
	KeysLeft string   `json:"keys_left_out"`
}

// Run makes a backup beside a running desk or of a stopped one.
func (c backupCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	bar := &steps{s: s, title: "cli.backup.step."}
	b, err := app.Backup(ctx, cfg, transfer.BackupOptions{To: c.To, KeepDays: c.Keep, Progress: bar.show})
	bar.finish()
	if err != nil {
		return err
	}
	keys := filepath.Join(cfg.Data, "keys")
	if c.JSON {
		return json.NewEncoder(s.out).Encode(backupDone{
			Path: b.Path, Size: b.Size, Made: b.Made.Format(time.RFC3339), Engine: b.Engine, Level: b.Level, Change: b.Change,
			Files: len(b.Files), Pruned: append([]string{}, b.Pruned...), TookMS: b.Took.Milliseconds(), KeysLeft: keys,
		})
	}
	s.say("cli.backup.done", "Path", b.Path, "Size", size(b.Size))
	if n := len(b.Pruned); n > 0 {
		s.say("cli.backup.pruned", "Count", n)
	}
	fmt.Fprintln(s.out)
	s.say("cli.backup.keys", "Path", keys)
	return nil
}

type restoreCmd struct {
	folder
	Replace bool   `name:"replace" help:"${cli_flag_replace}"`
	AnyKeys bool   `name:"new-keys" help:"${cli_flag_new_keys}"`
	JSON    bool   `name:"json" help:"${cli_flag_json}"`
	Backup  string `arg:"" name:"backup" type:"path" help:"${cli_arg_backup}"`
}

// restoreDone is the answer to programs. Its fields are a promise.
type restoreDone struct {
	Backup string `json:"backup"`
	Made   string `json:"made"`
	Engine string `json:"engine"`
	Level  int64  `json:"level"`
	Change int64  `json:"change"`
	Files  int    `json:"files"`
	Safety string `json:"safety"`
	TookMS int64  `json:"took_ms"`
}

// Run brings a backup back.
func (c restoreCmd) Run(ctx context.Context, s std) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	bar := &steps{s: s, title: "cli.backup.step."}
	r, err := app.Restore(ctx, cfg, transfer.RestoreOptions{Backup: c.Backup, AnyKeys: c.AnyKeys, Replace: c.Replace, Progress: bar.show})
	bar.finish()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(restoreDone{
			Backup: r.Backup, Made: r.Made.Format(time.RFC3339), Engine: r.Engine, Level: r.Level, Change: r.Change,
			Files: len(r.Files), Safety: r.Safety, TookMS: r.Took.Milliseconds(),
		})
	}
	s.say("cli.restore.done", "Path", r.Backup, "Time", r.Made.In(cfg.Zone).Format("2006-01-02 15:04"))
	if r.Safety != "" {
		s.say("cli.restore.safety", "Path", r.Safety, "Days", transfer.KeepDays)
	}
	if c.AnyKeys {
		s.say("cli.restore.new_keys")
	}
	s.say("cli.restore.next")
	return nil
}

// size is a number of bytes for people.
func size(n int64) string {
	for _, u := range []string{"B", "KiB", "MiB"} {
		if n < 10_000 {
			return fmt.Sprintf("%d %s", n, u)
		}
		n /= 1024
	}
	return fmt.Sprintf("%d GiB", n)
}

// steps is one progress bar for each step of a longer work.
type steps struct {
	s     std
	title string
	name  string
	bar   *bar
}

func (p *steps) show(step string, done, total int64) {
	if step != p.name {
		p.finish()
		p.name, p.bar = step, progress(p.s, p.s.words.T(p.title+step))
	}
	p.bar.show(done, total)
}

func (p *steps) finish() {
	if p.bar != nil {
		p.bar.finish()
	}
}
