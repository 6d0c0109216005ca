package catalog

import (
	"context"
	"time"

	"sangto/internal/desk"
	"sangto/internal/store"
)

// NoticeEntry is a version of a service notice with the desk that passes it on.
type NoticeEntry struct {
	desk.Notice
	Desk desk.Desk
}

// Notice is a service notice as a reader sees it.
type Notice struct {
	NoticeEntry
	// Versions are oldest first; the entry is the one asked for.
	Versions []desk.Notice
	// Waiting is the contest whose answer is due first; one shows from the day
	// after it came. Zero: none. Outcomes are what the desk answered.
	Waiting  desk.Contest
	Outcomes []desk.Contest
	Now      time.Time
	Today    desk.Day
}

// Newest is the newest version.
func (n Notice) Newest() desk.Notice { return n.Versions[len(n.Versions)-1] }

// Notice reads version n of a notice, the newest if n is 0, or returns a NotFound
// error.
func (c *Catalog) Notice(ctx context.Context, id string, n int) (Notice, error) {
	var out Notice
	if !desk.ValidID(id) || n < 0 {
		return out, notFound("read notice")
	}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		var err error
		out.Now, out.Today = tx.Now(), tx.Day()
		if out.Versions, err = tx.NoticeVersions(id); err != nil {
			return err
		}
		if len(out.Versions) == 0 || n > len(out.Versions) {
			return notFound("read notice")
		}
		if n == 0 {
			n = len(out.Versions)
		}
		out.NoticeEntry.Notice = out.Versions[n-1]
		if out.Desk, err = tx.Desk(out.DeskID); err != nil {
			return err
		}
		return out.contests(tx)
	})
	return out, err
}

func (n *Notice) contests(tx *store.Tx) error {
	oldest, err := tx.OldestNoticeContest(n.ID, n.Today)
	if err == nil {
		n.Waiting = desk.Contest{State: oldest.State, Kind: oldest.Kind, Day: oldest.Day, Due: oldest.Due}
	} else if desk.KindOf(err) != desk.NotFound {
		return err
	}
	decided, err := tx.DecidedNoticeContests(n.ID, outcomesShown)
	for _, c := range decided {
		// Whose keys these were is the desk's own affair.
		c.DecidedBy, c.SecondBy = "", ""
		n.Outcomes = append(n.Outcomes, c)
	}
	return err
}

// Notices are the service notices of every desk that works here.
type Notices struct {
	// Standing are those in force, the one that ends first at the top. Past are a
	// page of the others, newest first.
	Standing, Past     []NoticeEntry
	Page, Pages, Total int
	Now                time.Time
}

// StandingNotices returns the notices in force.
func (c *Catalog) StandingNotices(ctx context.Context) ([]NoticeEntry, error) {
	var out []NoticeEntry
	err := c.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.StandingNotices()
		if err != nil {
			return err
		}
		out, err = withDesks(tx, list)
		return err
	})
	return out, err
}

// Notices returns the notices in force and the given page of past ones, counted
// from 1; pages outside the list are NotFound, but the first page exists.
func (c *Catalog) Notices(ctx context.Context, page int) (Notices, error) {
	out := Notices{Page: page}
	if page < 1 {
		return out, notFound("list notices")
	}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		out.Now = tx.Now()
		standing, err := tx.StandingNotices()
		if err != nil {
			return err
		}
		if out.Standing, err = withDesks(tx, standing); err != nil {
			return err
		}
		var past []desk.Notice
		if past, out.Total, err = tx.PastNotices("", (page-1)*PageSize, PageSize); err != nil {
			return err
		}
		out.Past, err = withDesks(tx, past)
		return err
	})
	if err != nil {
		return Notices{}, err
	}
	out.Pages = max(1, (out.Total+PageSize-1)/PageSize)
	if page > out.Pages {
		return Notices{}, notFound("list notices")
	}
	return out, nil
}

// RecentNotices returns the notices that came out or changed last, newest first,
// for the feed.
func (c *Catalog) RecentNotices(ctx context.Context, limit int) ([]NoticeEntry, error) {
	var out []NoticeEntry
	err := c.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.RecentNotices(limit)
		if err != nil {
			return err
		}
		out, err = withDesks(tx, list)
		return err
	})
	return out, err
}

func withDesks(tx *store.Tx, list []desk.Notice) ([]NoticeEntry, error) {
	known := map[string]desk.Desk{}
	var out []NoticeEntry
	for _, n := range list {
		d, ok := known[n.DeskID]
		if !ok {
			var err error
			if d, err = tx.Desk(n.DeskID); err != nil {
				return nil, err
			}
			known[n.DeskID] = d
		}
		out = append(out, NoticeEntry{Notice: n, Desk: d})
	}
	return out, nil
}
