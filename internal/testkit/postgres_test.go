package testkit_test

import (
	"testing"

	"sangto/internal/testkit"
)

func TestPostgresGivesSeparateDatabases(t *testing.T) {
	first, second := testkit.Postgres(t), testkit.Postgres(t)
	if first == second {
		t.Errorf("the same database twice: %s", first)
	}
	t.Log(first)
}
