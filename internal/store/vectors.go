package store

import (
	"encoding/binary"
	"fmt"
	"math"

	"sangto/internal/desk"
)

// Vector is what an embedder made of the words of one published version.
type Vector struct {
	CheckID string
	Number  int
	Model   string
	Parts   []float32
}

// PutVector keeps a vector in place of the check's earlier one of the same
// model. A version that does not exist is desk.NotFound.
func (tx *Tx) PutVector(v Vector) error {
	_, err := tx.exec("write vector", `INSERT INTO vectors (check_id, number, model, dimension, vector) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (check_id, model) DO UPDATE SET number = excluded.number, dimension = excluded.dimension, vector = excluded.vector`,
		v.CheckID, v.Number, v.Model, len(v.Parts), pack(v.Parts))
	return err
}

// wanted are the newest versions that a look-up can find by their words; a
// vector of any other version is of no use.
const wanted = `FROM latest l JOIN versions v ON v.check_id = l.check_id AND v.number = l.number AND v.act <> 'withdraw' AND v.link_only = 0`

// EachVector hands over the vectors of a model that belong to the newest
// version of a check that can be found, by key, streaming. fn must not use tx;
// an error of fn ends the walk and comes back unchanged.
func (tx *Tx) EachVector(model string, fn func(Vector) error) error {
	const op = "read vectors"
	return tx.each(op, `SELECT x.check_id, x.number, x.vector `+wanted+`
		JOIN vectors x ON x.check_id = l.check_id AND x.number = l.number AND x.model = ? ORDER BY l.check_id`, []any{model},
		func(scan func(...any) error) error {
			v := Vector{Model: model}
			var raw []byte
			if err := scan(&v.CheckID, &v.Number, &raw); err != nil {
				return err
			}
			var err error
			if v.Parts, err = unpack(raw); err != nil {
				return &desk.Error{Kind: desk.Internal, Op: op, Err: fmt.Errorf("check %s: %w", v.CheckID, err)}
			}
			return fn(v)
		})
}

// WithoutVector returns up to limit keys, in order and after the given one, of
// checks whose newest version can be found and has no vector of that model and
// dimension.
func (tx *Tx) WithoutVector(model string, dimension int, after string, limit int) ([]string, error) {
	return all(tx, "list checks without vector", `SELECT l.check_id `+wanted+`
		WHERE l.check_id > ? AND NOT EXISTS (SELECT 1 FROM vectors x
			WHERE x.check_id = l.check_id AND x.number = l.number AND x.model = ? AND x.dimension = ?)
		ORDER BY l.check_id LIMIT ?`, []any{after, model, dimension, limit},
		func(id *string) []any { return []any{id} })
}

// DropVectors deletes up to limit vectors that are not of that model and
// dimension, and returns how many.
func (tx *Tx) DropVectors(model string, dimension, limit int) (int, error) {
	type key struct{ checkID, model string }
	keys, err := all(tx, "list old vectors", `SELECT check_id, model FROM vectors WHERE model <> ? OR dimension <> ? LIMIT ?`,
		[]any{model, dimension, limit}, func(k *key) []any { return []any{&k.checkID, &k.model} })
	for _, k := range keys {
		if _, err := tx.exec("drop vector", `DELETE FROM vectors WHERE check_id = ? AND model = ?`, k.checkID, k.model); err != nil {
			return 0, err
		}
	}
	return len(keys), err
}

func pack(parts []float32) []byte {
	out := make([]byte, 0, 4*len(parts))
	for _, p := range parts {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(p))
	}
	return out
}

func unpack(raw []byte) ([]float32, error) {
	if len(raw)%4 != 0 {
		return nil, fmt.Errorf("a vector of %d bytes", len(raw))
	}
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out, nil
}
