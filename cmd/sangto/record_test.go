package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/record"
	"sangto/internal/record/leaf"
	"sangto/internal/store"
)

// exits runs a command and wants one exit code: exits 2 sangto verify nowhere. What
// it said is there for stdout and stderr.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// publish adds a version to a check of the desk in a data folder, records it and
// signs: publish d c1 correct. Its words are "Lời của" with check and number.
func publish(ts *testscript.TestScript, _ bool, args []string) {
	onRecord(ts, args[0], func(tx *store.Tx) error {
		own, err := tx.LocalDesks()
		if err != nil {
			return err
		}
		approvals, err := threeKeys(tx, own[0].ID)
		if err != nil {
			return err
		}
		v := desk.Version{CheckID: strings.Repeat(args[1], 8), Number: 1, Act: desk.Act(args[2])}
		latest, err := tx.Latest(v.CheckID)
		if err == nil {
			v.Number = latest.Number + 1
		} else if err := tx.AddCheck(desk.Check{ID: v.CheckID, DeskID: own[0].ID, Lang: "vi"}); err != nil {
			return err
		}
		words := fmt.Sprintf("Lời của %s số %d", args[1], v.Number)
		v.Kind, v.Verdict, v.Topic, v.Claim, v.Summary, v.Author, v.Published = desk.FactKind, desk.NotTrue, "weather", words, words, "an", tx.Day()
		v.Blind = desk.Classification{Kind: desk.FactKind}
		v.Evidence = []desk.Evidence{{Stance: desk.Against, URL: "https://nguon.example/1", Title: words}}
		if v.Act != desk.Publish {
			v.Reason, v.Note = "lý do", "ghi chú"
		}
		if v.Act == desk.WithholdOrder {
			v.Order = desk.Order{Body: "Toà án", Date: tx.Day(), Law: "Điều 17", Digest: strings.Repeat("ab", 32), Lapses: tx.Day() + desk.OrderDays}
		}
		approvals = approvals[:v.Act.Keys()]
		for i := range approvals {
			approvals[i].Revision = desk.Revision(v)
		}
		return errors.Join(tx.AddVersion(v, desk.Revision(v), approvals), record.Version(tx, v, approvals))
	})
}

// threeKeys are the approvals of three members, who are there from the first time on.
func threeKeys(tx *store.Tx, deskID string) (out []desk.Approval, err error) {
	for _, id := range []string{"an", "binh", "chi"} {
		if _, missing := tx.Member(id); missing != nil {
			err = errors.Join(err, tx.PutMember(desk.Member{ID: id, DeskID: deskID, Name: id, Role: desk.Admin, KeyID: "key-" + id}))
		}
		out = append(out, desk.Approval{MemberID: id, KeyID: "key-" + id})
	}
	return out, err
}

// onRecord does something in a data folder that nobody serves, and signs it.
func onRecord(ts *testscript.TestScript, data string, do func(tx *store.Tx) error) {
	db, shut := openData(ts, data)
	defer shut()
	ctx := context.Background()
	log, err := record.OpenLog(ctx, record.Options{DB: db, Data: ts.MkAbs(data)})
	ts.Check(err)
	defer log.Close()
	ts.Check(db.Update(ctx, do))
	ts.Check(log.Step(ctx))
}

func openData(ts *testscript.TestScript, data string) (*store.DB, func()) {
	cfg, err := config.Raw{Data: ts.MkAbs(data), Listen: "127.0.0.1:0"}.Config()
	ts.Check(err)
	db, err := app.OpenStore(context.Background(), cfg, time.Now, false)
	ts.Check(err)
	return db, func() { ts.Check(db.Close()) }
}

// keepCopy does what a mirror does: keep-copy d m copies the published files of a data folder and
// the words that everybody may read.
func keepCopy(ts *testscript.TestScript, _ bool, args []string) {
	data, to := ts.MkAbs(args[0]), filepath.Join(ts.MkAbs(args[1]), "log")
	ts.Check(os.CopyFS(to, os.DirFS(filepath.Join(data, "log"))))
	db, shut := openData(ts, args[0])
	defer shut()
	ctx, reader := context.Background(), record.NewReader(db, data)
	ts.Check(os.MkdirAll(filepath.Join(to, "content"), 0o700))
	for n := range int(reader.Signed(ctx)) {
		name := fmt.Sprintf("content/%d", n)
		b, err := reader.Read(ctx, "log/"+name, leaf.ContentMax)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(to, filepath.FromSlash(name)), b, 0o600))
	}
	key, err := reader.Read(ctx, "log/key", 4096)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(to, "key"), key, 0o600))
}

// tamper runs a statement on the database of a data folder behind the program's back:
// tamper d 'UPDATE …'.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(filepath.Join(args[0], "sangto.db")))
	ts.Check(err)
	defer db.Close()
	for _, statement := range args[1:] {
		_, err = db.ExecContext(context.Background(), statement)
		ts.Check(err)
	}
}
