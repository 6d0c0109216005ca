package app_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/desk"
	"sangto/internal/eval"
	"sangto/internal/store"
	"sangto/internal/testkit"
)

// TestOnlyEmbeddersOfThisMachine tries what an operator who wants the texts
// elsewhere would write. Nothing may have been opened before the refusal.
func TestOnlyEmbeddersOfThisMachine(t *testing.T) {
	for name, e := range map[string]config.Embed{
		"a service":      {URL: "https://api.example/v1", Model: "m", Kind: "openai"},
		"localhost":      {URL: "http://localhost:11434", Model: "m", Kind: "ollama"},
		"a neighbour":    {URL: "http://10.0.0.7:11434", Model: "m", Kind: "ollama"},
		"all interfaces": {URL: "http://0.0.0.0:11434", Model: "m", Kind: "ollama"},
		"no model":       {URL: "http://127.0.0.1:11434", Kind: "ollama"},
		"no such kind":   {URL: "http://127.0.0.1:11434", Model: "m", Kind: "grpc"},
	} {
		cfg := settings(t)
		cfg.Embed = e
		_, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
		var known *desk.Error
		if !errors.As(err, &known) || known.Kind != desk.Invalid || !strings.HasPrefix(known.Key, "config.error.embed_") {
			t.Errorf("%s: %v", name, err)
		}
		if entries, _ := os.ReadDir(cfg.Data); len(entries) > 0 {
			t.Errorf("%s: the folder was opened before the refusal", name)
		}
	}
}

// importedChecks puts checks of another desk into a new folder.
func importedChecks(t *testing.T, cfg config.Config, claims ...string) {
	t.Helper()
	db, err := app.OpenStore(t.Context(), cfg, time.Now, false)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutDesk(desk.Desk{ID: "other", Name: "Other", URL: "https://other.example"}); err != nil {
			return err
		}
		for i, claim := range claims {
			id := fmt.Sprintf("check%011d", i)
			v := desk.Version{
				CheckID: id, Number: 1, Act: desk.ImportAct, Rating: "Không đúng", Claim: claim, Title: claim,
				Published: tx.Day(), ClaimantKind: desk.ClaimantUnknown,
			}
			check := desk.Check{ID: id, DeskID: "other", Lang: "vi", SourceURL: "https://other.example/" + id}
			if err := errors.Join(tx.AddCheck(check), tx.AddVersion(v, "", nil)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestEmbedderSeesRedactedTextOnly pastes a message with a number in it and
// reads all that the embedder was sent. The page is the same with the embedder
// dead.
func TestEmbedderSeesRedactedTextOnly(t *testing.T) {
	cfg := settings(t)
	importedChecks(t, cfg, "Uống nước chanh nóng chữa khỏi ung thư", "Ngân hàng khóa mọi tài khoản vào thứ hai", "Cầu Bến Đò đóng cửa sáu tháng")
	server := testkit.NewEmbedder(t, eval.NewHashed(256))
	cfg.Embed = config.Embed{URL: server.URL(), Model: "m", Kind: "openai"}
	r := start(t, cfg)
	message := "uong nuoc chanh nong chua khoi ung thu, goi ngay co Hanh 0912345678 hoac hanh.tran@mail.example de mua"
	sent := func() bool {
		if code, _ := r.post(t, "/lookup", url.Values{"text": {message}}); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		return strings.Contains(strings.Join(server.Texts(), "\n"), "uong nuoc chanh nong")
	}
	for begin := time.Now(); !sent(); time.Sleep(100 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("no look-up reached the embedder; it was asked %d times", server.Calls())
		}
	}
	for _, text := range server.Texts() {
		for _, secret := range []string{"0912345678", "912345", "hanh.tran", "mail.example"} {
			if strings.Contains(text, secret) {
				t.Errorf("the embedder was sent %q", text)
			}
		}
	}
	server.Be(testkit.Mood{Dead: true})
	for range 5 {
		sent()
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	log := r.log.String()
	for _, line := range []string{"checks have their vectors", "look-ups go on without the embedder"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log lacks %q:\n%s", line, log)
		}
	}
	if strings.Contains(log, "chanh") {
		t.Errorf("the log holds words:\n%s", log)
	}
}
