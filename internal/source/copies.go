package source

import (
	"slices"
	"time"

	"sangto/internal/desk"
)

// WithCopies gives the sources of a draft what its kept copies say: the hash
// and the day of the copy here, and the address of a third party's. What a
// member uploaded goes before what was fetched, because they looked at it
// afterwards. A source that has neither keeps what it has. all is not changed.
func WithCopies(all []desk.Evidence, copies []desk.Copy, zone *time.Location) []desk.Evidence {
	out := slices.Clone(all)
	for i := range out {
		page := Key(out[i].URL)
		ours := false
		for _, c := range copies {
			if c.State != desk.CopyKept || c.Page != page {
				continue
			}
			switch {
			case c.Way == desk.CopyLinked:
				out[i].ArchiveURL = c.ArchiveURL
			case !ours || c.Way == desk.CopyUploaded:
				ours = true
				out[i].SHA256, out[i].Archived = c.SHA256, desk.DayOf(c.Kept, zone)
			}
		}
	}
	return out
}
