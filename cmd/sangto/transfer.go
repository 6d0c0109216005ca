package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"

	"sangto/internal/app"
	"sangto/internal/desk"
	"sangto/internal/transfer"
)

type importCmd struct {
	folder
	URL      string   `name:"url" env:"SANGTO_URL" help:"${cli_flag_own}"`
	DryRun   bool     `name:"dry-run" help:"${cli_flag_dry}"`
	Problems int      `name:"problems" default:"20" help:"${cli_flag_problems}"`
	JSON     bool     `name:"json" help:"${cli_flag_json}"`
	Files    []string `arg:"" name:"file" help:"${cli_arg_files}"`
}

// Run takes in published checks and says what was left out and why.
func (c importCmd) Run(ctx context.Context, s std) error {
	cfg, site, err := c.public(c.URL)
	if err != nil {
		return err
	}
	sources, err := transfer.Files(c.Files, s.in)
	if err != nil {
		return err
	}
	bar := progress(s, s.words.T("cli.import.progress"))
	report, err := app.Import(ctx, cfg, sources, transfer.Options{
		DryRun: c.DryRun, Keep: max(1, c.Problems), Progress: bar.show, Site: site,
	})
	bar.finish()
	if c.JSON {
		if e := json.NewEncoder(s.out).Encode(summary(s, report)); e != nil {
			return e
		}
	} else {
		c.print(s, report)
	}
	switch {
	case err != nil:
		return err
	case report.Dropped == 0:
		return nil
	case report.Taken() == 0:
		return exit(exitNone)
	}
	return exit(exitSome)
}

func (c importCmd) print(s std, r transfer.Report) {
	for _, p := range r.Problems {
		fmt.Fprintln(s.err, s.words.T("cli.import.problem", "File", p.File, "Line", fmt.Sprint(p.Line), "Reason", reason(s, p)))
	}
	for _, l := range r.Summary() {
		s.say(l.Key, pairs(l.Args)...)
	}
}

func reason(s std, p transfer.Problem) string { return s.words.T(p.Reason, pairs(p.Args)...) }

// pairs spells arguments the way T takes them.
func pairs(args map[string]any) []any {
	out := make([]any, 0, 2*len(args))
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}

// importSummary is the answer to programs.
type importSummary struct {
	DryRun    bool            `json:"dry_run"`
	Seen      int             `json:"seen"`
	Added     int             `json:"added"`
	Updated   int             `json:"updated"`
	Unchanged int             `json:"unchanged"`
	Dropped   int             `json:"dropped"`
	LinkOnly  int             `json:"link_only"`
	Problems  []importProblem `json:"problems"`
}

type importProblem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func summary(s std, r transfer.Report) importSummary {
	out := importSummary{
		DryRun: r.DryRun, Seen: r.Seen, Added: r.Added, Updated: r.Updated, Unchanged: r.Unchanged,
		Dropped: r.Dropped, LinkOnly: r.LinkOnly, Problems: []importProblem{},
	}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, importProblem{p.File, p.Line, p.Reason, reason(s, p)})
	}
	return out
}

// bar is a progress bar, or nothing where nobody watches.
type bar struct{ b *progressbar.ProgressBar }

// progress counts bytes.
func progress(s std, title string) *bar { return watched(s, title, true) }

// counter counts things.
func counter(s std, title string) *bar { return watched(s, title, false) }

func watched(s std, title string, bytes bool) *bar {
	f, ok := s.err.(*os.File)
	if !ok {
		return &bar{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{progressbar.NewOptions64(-1, progressbar.OptionSetDescription(title), progressbar.OptionSetWriter(f),
		progressbar.OptionShowBytes(bytes), progressbar.OptionClearOnFinish())}
}

// show moves the bar; total is negative where a source's size is unknown.
func (p *bar) show(done, total int64) {
	if p.b == nil {
		return
	}
	if total > 0 && p.b.GetMax64() != total {
		p.b.ChangeMax64(total)
	}
	_ = p.b.Set64(done)
}

func (p *bar) finish() {
	if p.b != nil {
		_ = p.b.Finish()
	}
}

type exportCmd struct {
	folder
	URL    string `name:"url" env:"SANGTO_URL" help:"${cli_flag_url}"`
	Format string `name:"format" enum:"ndjson,csv,claimreview" default:"ndjson" help:"${cli_flag_format}"`
}

// Run writes the published checks to standard output.
func (c exportCmd) Run(ctx context.Context, s std) error {
	cfg, site, err := c.public(c.URL)
	if err != nil {
		return err
	}
	w := &counting{w: s.out}
	if err := app.Export(ctx, cfg, site, w, transfer.Format(c.Format)); err != nil {
		return err
	}
	if w.n == 0 {
		return &desk.Error{Kind: desk.NotFound, Op: "export", Key: "cli.error.nothing"}
	}
	return nil
}

type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
