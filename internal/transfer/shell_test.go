package transfer_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"
)

// breakChanges is somebody with a database shell.
func breakChanges(t *testing.T, data string) {
	t.Helper()
	raw, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: filepath.Join(data, "sangto.db")}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(t.Context(), `UPDATE counters SET value = 7 WHERE name = 'changes'`); err != nil {
		t.Fatal(err)
	}
}
