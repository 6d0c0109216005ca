package intake_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sangto/internal/desk"
	"sangto/internal/intake"
	"sangto/internal/keys"
	"sangto/internal/lookup"
	"sangto/internal/store"
	"sangto/internal/workflow"
)

type bench struct {
	db  *store.DB
	in  *intake.Intake
	dir string
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)}
	b.open(t)
	return b
}

// open opens the folder as a start of the program does.
func (b *bench) open(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{
		Path: filepath.Join(b.dir, "t.db"), Zone: time.UTC, Random: rand.Reader, Clock: func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Update(ctx, func(tx *store.Tx) error {
		return tx.PutDesk(desk.Desk{ID: "river", Local: true, Name: "River", Lang: "vi", OwnerKind: desk.OwnerIndependent, FunderKind: desk.OwnerUnknown})
	})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(filepath.Join(b.dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := lookup.Open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	b.db = db
	if b.in, err = intake.New(ctx, db, f, ring, "river"); err != nil {
		t.Fatal(err)
	}
}

// form is a form's nonce and the receipt derived from it.
type form struct {
	nonce   [16]byte
	receipt desk.Receipt
}

func newForm() form {
	var f form
	var s [desk.ReceiptSecretSize]byte
	_, _ = rand.Read(f.nonce[:])
	_, _ = rand.Read(s[:])
	f.receipt = desk.NewReceipt(s)
	return f
}

func (b *bench) ask(t *testing.T, f form, words string) intake.Asked {
	t.Helper()
	a, err := b.in.Ask(t.Context(), f.nonce, f.receipt, desk.NewRaw(words))
	if err != nil {
		t.Fatalf("ask: %v", err)
	}
	return a
}

// count returns the waiting claims and the texts that are kept.
func (b *bench) count(t *testing.T) (claims, texts int) {
	t.Helper()
	err := b.db.View(t.Context(), func(tx *store.Tx) error {
		cs, err := tx.ClaimsByState(desk.Waiting, 0)
		claims = len(cs)
		if err != nil {
			return err
		}
		return tx.EachWaitingText(func(string, desk.Text) error { texts++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return claims, texts
}

const message = "Nghe nói tối nay đập thủy điện Sông Lành xả lũ, cả xã phải sơ tán trước 10 giờ đêm"

func TestAskIsExactlyOnce(t *testing.T) {
	b := newBench(t)
	f := newForm()
	first := b.ask(t, f, message)
	if first.Repeated || first.Text.Empty() {
		t.Fatalf("first: %+v", first)
	}
	again := b.ask(t, f, message)
	if !again.Repeated || again.Different {
		t.Fatalf("the same form again: %+v", again)
	}
	if other := b.ask(t, f, "Trường tiểu học đóng cửa cả tuần sau vì mưa bão lớn"); !other.Repeated || !other.Different {
		t.Fatalf("the same form with other words: %+v", other)
	}
	if claims, texts := b.count(t); claims != 1 || texts != 1 {
		t.Fatalf("%d claims, %d texts", claims, texts)
	}
}

func TestARepeatIsFoundAfterRestartAndAfterItsTextIsGone(t *testing.T) {
	b := newBench(t)
	f := newForm()
	b.ask(t, f, message)
	_ = b.db.Close()
	b.open(t)
	if !b.ask(t, f, message).Repeated {
		t.Fatal("a restart forgot the form")
	}
	err := b.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ClearTextsBefore(tx.Day() + 1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := b.ask(t, f, message); !a.Repeated || a.Different {
		t.Fatalf("after the text was deleted: %+v", a)
	}
}

func TestTheSameQuestionJoinsAndKeepsNoText(t *testing.T) {
	b := newBench(t)
	for _, words := range []string{
		message,
		"nghe noi toi nay dap thuy dien song lanh xa lu ca xa phai so tan truoc 10 gio dem",
		"NGHE NÓI TỐI NAY ĐẬP THỦY ĐIỆN SÔNG LÀNH XẢ LŨ, CẢ XÃ PHẢI SƠ TÁN TRƯỚC 10 GIỜ ĐÊM!!!",
	} {
		b.ask(t, newForm(), words)
	}
	if claims, texts := b.count(t); claims != 1 || texts != 1 {
		t.Fatalf("%d claims and %d texts, want one of each", claims, texts)
	}
	b.ask(t, newForm(), "Uống nước chanh mỗi sáng chữa khỏi bệnh tiểu đường, bác sĩ giấu không nói")
	if claims, _ := b.count(t); claims != 2 {
		t.Fatalf("%d claims, want two", claims)
	}
}

// TestCopiesSentAtOnceMakeOneClaim would find two if grouping and commit were
// not one step.
func TestCopiesSentAtOnceMakeOneClaim(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			f := newForm()
			if _, err := b.in.Ask(t.Context(), f.nonce, f.receipt, desk.NewRaw(message)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if claims, texts := b.count(t); claims != 1 || texts != 1 {
		t.Fatalf("%d claims, %d texts", claims, texts)
	}
}

// member sits at the desk that is asked.
var member = desk.Member{ID: "an", DeskID: "river", Role: desk.Reviewer}

// TestAClosedClaimHidesNoOpenOne: between a refusal and the next Reload the
// refused claim is still in memory and is what a question resembles most. It
// must not be what each of many copies is compared with.
func TestAClosedClaimHidesNoOpenOne(t *testing.T) {
	b := newBench(t)
	b.update(t, func(tx *store.Tx) error {
		return tx.PutMember(desk.Member{ID: member.ID, DeskID: member.DeskID, Name: "An", Role: member.Role, KeyID: "key"})
	})
	for range 10 {
		b.ask(t, newForm(), message)
		for _, c := range b.waiting(t) {
			if err := workflow.New(b.db).Decline(t.Context(), member, c.ID, desk.Prediction); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 {
			b.ask(t, newForm(), message)
		}
		if open := b.waiting(t); len(open) != 1 || open[0].Asked != 4 {
			t.Fatalf("four copies after a refusal stand under %d claims: %+v", len(open), open)
		}
	}
}

func (b *bench) waiting(t *testing.T) (open []desk.Claim) {
	t.Helper()
	err := b.db.View(t.Context(), func(tx *store.Tx) (err error) {
		open, err = tx.ClaimsByState(desk.Waiting, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func TestTheAnswerDoesNotTellWhetherAClaimIsOpen(t *testing.T) {
	b := newBench(t)
	look := func() string {
		s, err := b.in.Look(t.Context(), desk.NewRaw(message), 5)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v", s)
	}
	before := look()
	opened := fmt.Sprintf("%+v", b.ask(t, newForm(), message))
	if after := look(); after != before {
		t.Errorf("a look-up changed once the question was open:\n%s\n%s", before, after)
	}
	if joined := fmt.Sprintf("%+v", b.ask(t, newForm(), message)); joined != opened {
		t.Errorf("joining answers differently from opening:\n%s\n%s", opened, joined)
	}
}

func TestTrackAndWithdraw(t *testing.T) {
	b := newBench(t)
	first, second := newForm(), newForm()
	b.ask(t, first, message)
	b.ask(t, second, message)
	got, err := b.in.Track(t.Context(), first.receipt)
	if err != nil || got.State != desk.Waiting || got.Wording != "" {
		t.Fatalf("track: %+v, %v", got, err)
	}
	if err := b.in.Withdraw(t.Context(), first.receipt); err != nil {
		t.Fatal(err)
	}
	if _, err := b.in.Track(t.Context(), first.receipt); desk.KindOf(err) != desk.NotFound {
		t.Fatalf("a withdrawn receipt opens: %v", err)
	}
	if err := b.in.Withdraw(t.Context(), first.receipt); desk.KindOf(err) != desk.NotFound {
		t.Fatalf("withdrawing twice: %v", err)
	}
	if _, texts := b.count(t); texts != 0 {
		t.Fatal("the withdrawn words are kept")
	}
	if _, err := b.in.Track(t.Context(), second.receipt); err != nil {
		t.Fatalf("somebody else's receipt was taken along: %v", err)
	}
	b.ask(t, newForm(), message)
	if claims, texts := b.count(t); claims != 1 || texts != 1 {
		t.Fatalf("asking again after a withdrawal: %d claims, %d texts", claims, texts)
	}
	if _, err := b.in.Track(t.Context(), newForm().receipt); desk.KindOf(err) != desk.NotFound {
		t.Fatalf("a code never issued: %v", err)
	}
}

func TestWithdrawnWordsLeaveTheDisk(t *testing.T) {
	b := newBench(t)
	f := newForm()
	const canary = "hoacucvangbonphuong"
	b.ask(t, f, message+" "+canary)
	if !onDisk(t, b.dir, canary) {
		t.Fatal("the scan does not see words that are there")
	}
	if err := b.in.Withdraw(t.Context(), f.receipt); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, b.dir, canary) {
		t.Fatal("the words are still in a file")
	}
}

func onDisk(t *testing.T, dir, marker string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		found = found || strings.Contains(string(raw), marker)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestBadInputIsNamed(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ name, words, key string }{
		{"empty", "", "error.text.empty"},
		{"blank", " \n\t\u00a0", "error.text.empty"},
		{"too large", strings.Repeat("a ", desk.MessageMax/2+1), "error.text.large"},
		{"binary", "\x00\x01\x02\x03\x04PNG\x7f\x80\x81", "error.text.binary"},
		{"broken UTF-8", strings.Repeat("\xff\xfe", 40), "error.text.binary"},
		{"only emoji", "😱😱😱 🙏🙏", "error.text.wordless"},
		{"only marks", "a" + strings.Repeat("\u0301", 10_000), ""},
		{"a phone number alone", "0912 345 678", "error.text.identifiers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := b.in.Look(t.Context(), desk.NewRaw(c.words), 5)
			var e *desk.Error
			switch {
			case c.key == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case c.key != "" && (!errors.As(err, &e) || e.Key != c.key):
				t.Fatalf("%v, want %s", err, c.key)
			}
			if err != nil && len(c.words) > 8 && strings.Contains(err.Error(), strings.TrimSpace(c.words)[:4]) {
				t.Fatalf("the error repeats the person's words: %v", err)
			}
		})
	}
	f := newForm()
	_, err := b.in.Ask(t.Context(), f.nonce, f.receipt, desk.NewRaw(strings.Repeat("chữ dài ", 300)))
	var e *desk.Error
	if !errors.As(err, &e) || e.Key != "error.question.long" {
		t.Fatalf("a question over the limit: %v", err)
	}
	if claims, _ := b.count(t); claims != 0 {
		t.Fatal("refused input left a claim")
	}
}

func TestWhatIsKeptIsRedacted(t *testing.T) {
	b := newBench(t)
	a := b.ask(t, newForm(), message+". Liên hệ chị Bảy 0912 345 678 hoặc bay@thu.example để nhận tiền")
	if len(a.Redactions) != 2 {
		t.Fatalf("redactions: %+v", a.Redactions)
	}
	for _, secret := range []string{"345", "912345678", "bay@thu"} {
		if onDisk(t, b.dir, secret) {
			t.Errorf("%q is on disk", secret)
		}
	}
}

func TestABusyDeskSaysSo(t *testing.T) {
	b := newBench(t)
	hold := make(chan struct{})
	held := make(chan struct{})
	go func() {
		_ = b.db.Update(context.Background(), func(*store.Tx) error { close(held); <-hold; return nil })
	}()
	<-held
	defer close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	f := newForm()
	_, err := b.in.Ask(ctx, f.nonce, f.receipt, desk.NewRaw(message))
	if desk.KindOf(err) != desk.Unavailable {
		t.Fatalf("a question that found the store stuck: %v", err)
	}
	if _, err := b.in.Look(t.Context(), desk.NewRaw(message), 5); err != nil {
		t.Fatalf("looking up needs the store: %v", err)
	}
}

// TestRefusedQuestionsLeaveLookupsAlone: while nothing is taken in, whoever
// asks or contests is told so, nothing is written, and look-ups answer.
func TestRefusedQuestionsLeaveLookupsAlone(t *testing.T) {
	b := newBench(t)
	f := newForm()
	if b.in.Refuse(true) {
		t.Error("it refused from the start")
	}
	_, err := b.in.Ask(t.Context(), f.nonce, f.receipt, desk.NewRaw("Nước máy có sạch không?"))
	if desk.KindOf(err) != desk.Unavailable {
		t.Errorf("a question: %v", err)
	}
	_, err = b.in.Contest(t.Context(), f.nonce, f.receipt, "any", desk.ContestCheck, desk.NewRaw("Bài này sai."))
	if desk.KindOf(err) != desk.Unavailable {
		t.Errorf("a contest: %v", err)
	}
	if claims, _ := b.count(t); claims != 0 {
		t.Errorf("%d claims were written", claims)
	}
	if _, err := b.in.Look(t.Context(), desk.NewRaw("Nước máy có sạch không?"), 5); err != nil {
		t.Errorf("a look-up: %v", err)
	}
	b.in.Refuse(false)
	b.ask(t, f, "Nước máy có sạch không?")
}
