package app_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"sangto/internal/app"
	"sangto/internal/config"
	"sangto/internal/transfer"
)

// importOne imports one published check as the command does.
func importOne(t *testing.T, cfg config.Config, claim string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"@context": "https://schema.org", "@type": "ClaimReview", "url": "https://langsen.example/kiem-chung/1",
		"claimReviewed": claim, "name": claim, "inLanguage": "vi", "datePublished": "2026-10-30",
		"author":       map[string]any{"@type": "Organization", "name": "Báo Làng Sen", "url": "https://langsen.example"},
		"reviewRating": map[string]any{"@type": "Rating", "alternateName": "Đúng"},
	})
	if err != nil {
		t.Fatal(err)
	}
	source := transfer.Source{Name: "one.json", Size: int64(len(raw)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(string(raw))), nil
	}}
	report, err := app.Import(t.Context(), cfg, []transfer.Source{source}, transfer.Options{})
	if err != nil || report.Added != 1 {
		t.Fatalf("import: %+v, %v", report, err)
	}
}
