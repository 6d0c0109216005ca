// Package doctor looks an installation over, running or stopped, and says for
// each thing that is wrong what to do. It changes nothing.
package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/keys"
	"sangto/internal/store"
	"sangto/internal/transfer"
)

// State is what a look found.
type State string

// The states. A Note is no fault: something the operator should know.
const (
	Good    State = "ok"
	Note    State = "note"
	Problem State = "problem"
	Unknown State = "unknown" // it could not be looked at
)

// Finding is one thing that was looked at.
type Finding struct {
	// Check names what was looked at; programs may rely on it.
	Check string
	State State
	// Key names a sentence of the catalogue that says what was found and, for a
	// problem, what to do. Args fill it.
	Key  string
	Args map[string]any
	// Err is the cause where something could not be looked at.
	Err error
}

// Patient is what is looked over.
type Patient struct {
	Config config.Config
	// Backups is the folder of backups.
	Backups string
	// Program names the version that looks.
	Program string
	Now     time.Time
	// Open opens the database for reading at whatever level it is.
	Open func(ctx context.Context) (*store.DB, error)
	// Free is how much room a folder has, in bytes; nil is store.FreeSpace.
	Free func(dir string) (int64, error)
	// More are looks that other parts of the program bring.
	More []func(ctx context.Context) []Finding
}

// Ballast is the name of a file of BallastSize bytes in a data folder that the
// operator may delete when the disk is full.
const (
	Ballast     = "ballast"
	BallastSize = 64 << 20
)

// Look looks everything over. What is found early may explain what is found
// late, so the order is that of a start.
func Look(ctx context.Context, p Patient) []Finding {
	if p.Free == nil {
		p.Free = store.FreeSpace
	}
	out := []Finding{{Check: "program", State: Good, Key: "doctor.program", Args: map[string]any{"Version": p.Program}}}
	out = append(out, p.folder()...)
	out = append(out, p.keys()...)
	out = append(out, p.disk()...)
	out = append(out, p.machine()...)
	out = append(out, p.database(ctx)...)
	out = append(out, p.backups()...)
	for _, more := range p.More {
		out = append(out, more(ctx)...)
	}
	return out
}

// Worst is the gravest state of the findings: Problem, then Unknown, then
// Good.
func Worst(findings []Finding) State {
	worst := Good
	for _, f := range findings {
		switch {
		case f.State == Problem:
			return Problem
		case f.State == Unknown:
			worst = Unknown
		}
	}
	return worst
}

func good(check, key string, args map[string]any) Finding {
	return Finding{check, Good, key, args, nil}
}

func bad(check, key string, args map[string]any) Finding {
	return Finding{check, Problem, key, args, nil}
}

// from turns an error into a finding: one with a sentence is a problem that has
// been understood, any other says that the look failed.
func from(check string, err error) Finding {
	var known *desk.Error
	if errors.As(err, &known) && known.Key != "" && known.Kind != desk.Internal {
		return Finding{Check: check, State: Problem, Key: known.Key, Args: known.Args, Err: known.Err}
	}
	return Finding{Check: check, State: Unknown, Key: "doctor.unknown", Args: map[string]any{"Check": check}, Err: err}
}

// folder looks at where the data lie.
func (p Patient) folder() []Finding {
	dir := p.Config.Data
	args := map[string]any{"Path": dir}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{bad("folder", "doctor.folder.missing", args)}
	case err != nil:
		return []Finding{from("folder", err)}
	case !info.IsDir():
		return []Finding{bad("folder", "doctor.folder.missing", args)}
	}
	var out []Finding
	if info.Mode().Perm()&0o077 != 0 {
		out = append(out, bad("folder", "doctor.folder.open", args))
	}
	if err := store.FolderProblem(dir); err != nil && p.Config.DB == "" {
		out = append(out, from("folder", err))
	}
	if err := transfer.Unfinished(dir); err != nil {
		out = append(out, from("folder", err))
	}
	if len(out) == 0 {
		out = append(out, good("folder", "doctor.folder.good", args))
	}
	return out
}

// keys looks at the keys as serve would, and makes none.
func (p Patient) keys() []Finding {
	dir := filepath.Join(p.Config.Data, "keys")
	args := map[string]any{"Path": dir}
	_, err := keys.Peek(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{bad("keys", "doctor.keys.missing", args)}
	case err != nil:
		return []Finding{{Check: "keys", State: Problem, Key: "doctor.keys.bad", Args: args, Err: err}}
	}
	return []Finding{good("keys", "doctor.keys.good", args)}
}

// disk looks at the room that is left.
func (p Patient) disk() []Finding {
	dir := p.Config.Data
	free, err := p.Free(dir)
	if err != nil {
		return []Finding{{Check: "disk", State: Unknown, Key: "doctor.unknown", Args: map[string]any{"Check": "disk"}, Err: err}}
	}
	args := map[string]any{"Path": dir, "Free": free >> 20, "Need": store.LowSpace >> 20, "Ballast": filepath.Join(dir, Ballast), "Size": BallastSize >> 20}
	if free < store.LowSpace {
		return []Finding{bad("disk", "doctor.disk.low", args)}
	}
	out := []Finding{good("disk", "doctor.disk.good", args)}
	if info, err := os.Stat(filepath.Join(dir, Ballast)); p.Config.DB == "" && (err != nil || info.Size() < BallastSize) {
		out = append(out, Finding{"ballast", Note, "doctor.ballast.missing", args, nil})
	}
	return out
}

// machine looks at what the machine keeps of memory.
func (p Patient) machine() []Finding {
	args := map[string]any{"Zone": p.Config.Zone.String(), "Day": desk.DayOf(p.Now, p.Config.Zone).String(), "Time": p.Now.In(p.Config.Zone).Format("15:04")}
	out := []Finding{good("zone", "doctor.zone", args)}
	if swaps, err := os.ReadFile("/proc/swaps"); err == nil && countLines(swaps) > 1 {
		out = append(out, Finding{"swap", Note, "doctor.swap", nil, nil})
	}
	return out
}

func countLines(b []byte) int {
	n := 0
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

// database opens it as serve would and examines it.
func (p Patient) database(ctx context.Context) []Finding {
	db, err := p.Open(ctx)
	if err != nil {
		return []Finding{from("database", err)}
	}
	defer db.Close()
	var out []Finding
	for _, look := range []func(context.Context, *store.DB) ([]Finding, error){p.engine, p.level, p.soundness, p.server, p.clock, p.tick, p.record} {
		found, err := look(ctx, db)
		out = append(out, found...)
		if err != nil {
			out = append(out, from("database", err))
		}
	}
	return out
}

func (p Patient) engine(ctx context.Context, db *store.DB) ([]Finding, error) {
	v, err := db.EngineVersion(ctx)
	if err != nil {
		return nil, err
	}
	args := map[string]any{"Engine": db.Engine(), "Version": v, "Need": store.SQLiteMinimum}
	if db.Engine() == "sqlite" && !store.NewEnough(v) {
		return []Finding{bad("engine", "doctor.engine.old", args)}, nil
	}
	return []Finding{good("engine", "doctor.engine.good", args)}, nil
}

func (p Patient) level(ctx context.Context, db *store.DB) ([]Finding, error) {
	mark, err := db.Mark(ctx)
	if err != nil {
		return nil, err
	}
	ours, err := store.ProgramLevel()
	if err != nil {
		return nil, err
	}
	args := map[string]any{"Database": mark.Level, "Program": ours}
	switch {
	case mark.Level < ours:
		return []Finding{{"schema", Note, "doctor.schema.older", args, nil}}, nil
	case mark.Level > ours:
		return []Finding{{"schema", Note, "doctor.schema.newer", args, nil}}, nil
	}
	return []Finding{good("schema", "doctor.schema.good", args)}, nil
}

// soundness is integrity, references, guards and rules between rows.
func (p Patient) soundness(ctx context.Context, db *store.DB) ([]Finding, error) {
	flaws, err := db.Examine(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, f := range flaws {
		out = append(out, bad("rows", "doctor.rows.flaw", map[string]any{"What": f.What, "Detail": f.Detail}))
	}
	if len(out) == 0 {
		out = append(out, good("rows", "doctor.rows.good", nil))
	}
	return out, nil
}

func (p Patient) server(ctx context.Context, db *store.DB) ([]Finding, error) {
	unwise, err := db.Unwise(ctx)
	var out []Finding
	for _, u := range unwise {
		out = append(out, bad("server", "doctor.server.setting", map[string]any{"Setting": u.Setting, "Value": u.Value, "Want": u.Want}))
	}
	return out, err
}

// clockSlack is how far a row may be ahead: two machines write to one server.
const clockSlack = time.Minute

func (p Patient) clock(ctx context.Context, db *store.DB) ([]Finding, error) {
	at, day, err := db.Newest(ctx)
	if err != nil {
		return nil, err
	}
	args := map[string]any{"Now": p.Now.In(p.Config.Zone).Format("2006-01-02 15:04"), "Newest": at.In(p.Config.Zone).Format("2006-01-02 15:04")}
	if at.After(p.Now.Add(clockSlack)) {
		return []Finding{bad("clock", "doctor.clock.behind", args)}, nil
	}
	if today := desk.DayOf(p.Now, p.Config.Zone); day > today {
		args["Newest"] = day.String()
		return []Finding{bad("clock", "doctor.clock.behind", args)}, nil
	}
	return []Finding{good("clock", "doctor.clock.good", args)}, nil
}

// tick looks whether the day's duties were done.
func (p Patient) tick(ctx context.Context, db *store.DB) ([]Finding, error) {
	var done string
	err := db.View(ctx, func(tx *store.Tx) (err error) { done, err = tx.Setting(store.SettingTick); return err })
	if err != nil {
		return nil, err
	}
	today := desk.DayOf(p.Now, p.Config.Zone)
	args := map[string]any{"Day": done}
	switch done {
	case today.String(), (today - 1).String():
		return []Finding{good("tick", "doctor.tick.good", args)}, nil
	case "":
		return []Finding{{"tick", Note, "doctor.tick.never", nil, nil}}, nil
	}
	return []Finding{bad("tick", "doctor.tick.late", args)}, nil
}

// record compares the entries in the database with what was signed. The lock
// is never restored, so it knows of a database that was rolled back.
func (p Patient) record(ctx context.Context, db *store.DB) ([]Finding, error) {
	var leaves int64
	err := db.View(ctx, func(tx *store.Tx) (err error) { leaves, err = tx.CountLeaves(); return err })
	if err != nil {
		return nil, err
	}
	args := map[string]any{"Path": store.LockName(p.Config.Lock()), "Leaves": leaves}
	lock, err := store.OpenLock(ctx, p.Config.Lock(), false)
	if errors.Is(err, fs.ErrNotExist) {
		if leaves == 0 {
			return []Finding{good("record", "doctor.record.empty", nil)}, nil
		}
		return []Finding{bad("record", "doctor.record.lockless", args)}, nil
	}
	if err != nil {
		return []Finding{from("record", err)}, nil
	}
	defer lock.Close()
	signed, err := lock.Load(ctx)
	if err != nil {
		return []Finding{from("record", err)}, nil
	}
	size := signedSize(signed)
	args["Signed"] = size
	switch {
	case size < 0:
		return []Finding{bad("record", "doctor.record.lockless", args)}, nil
	case size > leaves:
		return []Finding{bad("record", "doctor.record.behind", args)}, nil
	}
	return []Finding{good("record", "doctor.record.good", args)}, nil
}

// signedSize is the second line of a checkpoint, how many entries it signs: 0
// where nothing was signed yet, below 0 if this is no checkpoint.
func signedSize(checkpoint []byte) int64 {
	if len(checkpoint) == 0 {
		return 0
	}
	lines := strings.SplitN(string(checkpoint), "\n", 3)
	if len(lines) < 3 {
		return -1
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// backupAge is how old the newest backup may be: a day, and some for its making.
const backupAge = 26 * time.Hour

func (p Patient) backups() []Finding {
	args := map[string]any{"Path": p.Backups, "Days": transfer.KeepDays, "Keys": filepath.Join(p.Config.Data, "keys")}
	var out []Finding
	made, err := transfer.Times(p.Backups)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return []Finding{from("backup", err)}
	}
	var newest time.Time
	for _, at := range made {
		if at.After(newest) {
			newest = at
		}
		if p.Now.Sub(at) > (transfer.KeepDays*24+24)*time.Hour {
			out = append(out, bad("backup", "doctor.backup.outdated", args))
			break
		}
	}
	args["Time"] = newest.In(p.Config.Zone).Format("2006-01-02 15:04")
	switch {
	case newest.IsZero():
		out = append(out, bad("backup", "doctor.backup.none", args))
	case p.Now.Sub(newest) > backupAge:
		out = append(out, bad("backup", "doctor.backup.old", args))
	default:
		out = append(out, good("backup", "doctor.backup.good", args))
	}
	safeties, err := transfer.Safeties(p.Config.Data)
	if err != nil {
		return out
	}
	for name, at := range safeties {
		if p.Now.Sub(at) > transfer.KeepDays*24*time.Hour {
			out = append(out, bad("backup", "doctor.safety.old", map[string]any{"Path": filepath.Join(p.Config.Data, name), "Days": transfer.KeepDays}))
		}
	}
	return append(out, Finding{"keys", Note, "doctor.keys.copy", args, nil})
}
