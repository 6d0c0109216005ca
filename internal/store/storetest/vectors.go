package storetest

import (
	"errors"
	"fmt"
	"testing"

	"sangto/internal/desk"
	"sangto/internal/store"
)

func vectorOf(id string, number int, model string, parts ...float32) store.Vector {
	return store.Vector{CheckID: id, Number: number, Model: model, Parts: parts}
}

func vectorsOf(tx *store.Tx, model string) ([]store.Vector, error) {
	var out []store.Vector
	err := tx.EachVector(model, func(v store.Vector) error { out = append(out, v); return nil })
	return out, err
}

func testVectors(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		for i := range 5 {
			id := fmt.Sprintf("i%d", i)
			if err := errors.Join(tx.AddCheck(importedCheck(id)), tx.AddVersion(importedVersion(id, 1), "", nil)); err != nil {
				return err
			}
		}
		link := importedVersion("i3", 2)
		link.LinkOnly = true
		return tx.AddVersion(link, "", nil)
	})
	view(t, db, func(tx *store.Tx) error {
		ids, err := tx.WithoutVector("m", 2, "", 10)
		same(t, "all lack one, but the link", ids, []string{"i0", "i1", "i2", "i4"})
		rest, err2 := tx.WithoutVector("m", 2, "i0", 2)
		same(t, "after a key", rest, []string{"i1", "i2"})
		return errors.Join(err, err2)
	})
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutVector(vectorOf("i0", 1, "m", 9, 9, 9)), tx.PutVector(vectorOf("i0", 1, "m", 0.25, -1e-38)),
			tx.PutVector(vectorOf("i1", 1, "m", 3, 4)), tx.PutVector(vectorOf("i1", 1, "other", 1, 2, 3)),
			tx.PutVector(vectorOf("i3", 1, "m", 5, 6)), tx.PutVector(vectorOf("i4", 1, "other", 7)),
		)
	})
	view(t, db, func(tx *store.Tx) error {
		got, err := vectorsOf(tx, "m")
		same(t, "vectors of a model", got, []store.Vector{vectorOf("i0", 1, "m", 0.25, -1e-38), vectorOf("i1", 1, "m", 3, 4)})
		ids, err2 := tx.WithoutVector("m", 2, "", 10)
		same(t, "lacking", ids, []string{"i2", "i4"})
		wider, err3 := tx.WithoutVector("m", 3, "", 10)
		same(t, "lacking of another dimension", wider, []string{"i0", "i1", "i2", "i4"})
		stop := errors.New("enough")
		if got := tx.EachVector("m", func(store.Vector) error { return stop }); got != stop {
			t.Errorf("stopped walk: %v", got)
		}
		return errors.Join(err, err2, err3)
	})
	// A new version makes the vector of the old one useless.
	update(t, db, func(tx *store.Tx) error { return tx.AddVersion(importedVersion("i1", 2), "", nil) })
	view(t, db, func(tx *store.Tx) error {
		got, err := vectorsOf(tx, "m")
		same(t, "vectors after a new version", len(got), 1)
		ids, err2 := tx.WithoutVector("m", 2, "", 10)
		same(t, "lacking after a new version", ids, []string{"i1", "i2", "i4"})
		return errors.Join(err, err2)
	})
	var first, second, third int
	update(t, db, func(tx *store.Tx) (err error) { first, err = tx.DropVectors("m", 2, 1); return err })
	update(t, db, func(tx *store.Tx) (err error) { second, err = tx.DropVectors("m", 2, 10); return err })
	update(t, db, func(tx *store.Tx) (err error) { third, err = tx.DropVectors("m", 7, 10); return err })
	same(t, "dropped", []int{first, second, third}, []int{1, 1, 3})
	view(t, db, func(tx *store.Tx) error {
		got, err := vectorsOf(tx, "m")
		same(t, "vectors after dropping", len(got), 0)
		return err
	})
}

func testVectorsRefused(t *testing.T, db *store.DB) {
	world(t, db)
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.AddCheck(importedCheck("i0")), tx.AddVersion(importedVersion("i0", 1), "", nil))
	})
	for name, c := range map[string]struct {
		v    store.Vector
		kind desk.ErrorKind
	}{
		"no such check":   {vectorOf("none", 1, "m", 1), desk.NotFound},
		"no such version": {vectorOf("i0", 2, "m", 1), desk.NotFound},
		"no model":        {vectorOf("i0", 1, "", 1), desk.Forbidden},
		"no components":   {vectorOf("i0", 1, "m"), desk.Forbidden},
		"too many":        {vectorOf("i0", 1, "m", make([]float32, 4097)...), desk.Forbidden},
	} {
		refused(t, db, c.kind, name, func(tx *store.Tx) error { return tx.PutVector(c.v) })
	}
}
