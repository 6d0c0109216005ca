package workflow

import (
	"sangto/internal/desk"
	"sangto/internal/source"
	"sangto/internal/store"
)

// withCopies gives the sources of a draft that is handed in the hashes of their
// archived copies, so that the keys approve what the pages said as well. It
// happens here and not when a copy arrives: a fetch that ends in the background
// must not change what a member is writing or what is under review.
func (w *Workflow) withCopies(tx *store.Tx, d *desk.Draft) error {
	copies, err := tx.Copies(d.ID)
	if err != nil {
		return err
	}
	d.Content.Evidence = source.WithCopies(d.Content.Evidence, copies, w.db.Zone())
	return nil
}
