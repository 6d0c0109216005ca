package store

import (
	"encoding/json"
	"fmt"

	"sangto/internal/desk"
)

// ahead is what the record has of check c after its newest version l: the entries,
// oldest first, with a comma between. It is empty but after a repair that could not
// bring every version back, and is asked for wherever a newest version is read for
// the public: in the same statement, so that no reader can forget it.
const ahead = `coalesce(CASE WHEN c.local = 1 THEN (SELECT string_agg(n.leaf, ',' ORDER BY n.idx) FROM leaves n
	WHERE n.subject = c.id AND n.rev > l.number AND n.kind <> 'dispute') END, '')`

// recordedAct is as much of an entry as is shown of a version that is not there.
// [sangto/internal/record/leaf.Leaf] has all of it.
type recordedAct struct {
	Kind    string   `json:"kind"`
	Rev     int      `json:"rev"`
	Day     desk.Day `json:"day"`
	Body    string   `json:"order_body"`
	Ordered desk.Day `json:"ordered"`
	Law     string   `json:"law"`
	Digest  string   `json:"digest"`
	Expires desk.Day `json:"expires"`
}

func (r recordedAct) act() desk.Act {
	if r.Kind == "retract" {
		return desk.Withdraw
	}
	return desk.Act(r.Kind)
}

// readAhead reads what ahead selects: versions without wording, oldest first.
func readAhead(checkID, text string) ([]desk.Version, error) {
	if text == "" {
		return nil, nil
	}
	var acts []recordedAct
	if err := json.Unmarshal([]byte("["+text+"]"), &acts); err != nil {
		return nil, &desk.Error{Kind: desk.Internal, Op: "read what the record has after a version", Err: fmt.Errorf("check %s: %w", checkID, err)}
	}
	var out []desk.Version
	for _, r := range acts {
		if n := len(out); n > 0 && out[n-1].Number == r.Rev {
			// An order ended by itself; that is no version.
			out[n-1].Order.Lapses = min(out[n-1].Order.Lapses, r.Day)
			continue
		}
		out = append(out, desk.Version{
			CheckID: checkID, Number: r.Rev, Act: r.act(), Published: r.Day,
			Order: desk.Order{Body: r.Body, Date: r.Ordered, Law: r.Law, Digest: r.Digest, Lapses: r.Expires},
		})
	}
	return out, nil
}

// Ahead returns the versions of a check that the record has and the database lacks
// since an old backup was put back, oldest first, without wording. desk.Ahead says
// what is shown then.
func (tx *Tx) Ahead(checkID string) ([]desk.Version, error) {
	var text string
	err := tx.row("read what the record has of a check", `SELECT `+ahead+` FROM checks c JOIN latest l ON l.check_id = c.id WHERE c.id = ?`, []any{checkID}, &text)
	if err != nil {
		return nil, err
	}
	return readAhead(checkID, text)
}

// LapsedAhead returns the checks that were withheld by an order whose version is not
// there, and which lapsed between two days, both included.
func (tx *Tx) LapsedAhead(from, to desk.Day) ([]string, error) {
	type row struct{ id, text string }
	rows, err := all(tx, "list lapsed orders of the record", `SELECT c.id, `+ahead+` FROM latest l JOIN checks c ON c.id = l.check_id
		WHERE l.local = 1 AND EXISTS (SELECT 1 FROM leaves n WHERE n.subject = l.check_id AND n.rev > l.number AND n.kind = 'withhold_order')
		ORDER BY c.id`, nil, func(r *row) []any { return []any{&r.id, &r.text} })
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range rows {
		missing, err := readAhead(r.id, r.text)
		if err != nil {
			return nil, err
		}
		last := missing[len(missing)-1]
		if last.Act == desk.WithholdOrder && from <= last.Order.Lapses && last.Order.Lapses <= to {
			out = append(out, r.id)
		}
	}
	return out, nil
}
