package store

import "sangto/internal/desk"

const deskColumns = `id, local, name, url, lang, owner, owner_kind, funders, funder_kind, about, declared`

func deskFields(d *desk.Desk) []any {
	return []any{
		&d.ID, &d.Local, &d.Name, &d.URL, &d.Lang, &d.Owner, &d.OwnerKind,
		&d.Funders, &d.FunderKind, &d.About, &d.Declared,
	}
}

// PutDesk inserts a desk or replaces its declaration. Whether a desk is local
// never changes: a file that names one of our own desks as somebody else's is
// a desk.Conflict and changes nothing.
func (tx *Tx) PutDesk(d desk.Desk) error {
	const op = "put desk"
	n, err := tx.exec(op, `INSERT INTO desks (`+deskColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, lang = excluded.lang,
			owner = excluded.owner, owner_kind = excluded.owner_kind, funders = excluded.funders,
			funder_kind = excluded.funder_kind, about = excluded.about, declared = excluded.declared
		WHERE desks.local = excluded.local`,
		d.ID, number(d.Local), d.Name, d.URL, d.Lang, d.Owner, orUnknown(d.OwnerKind),
		d.Funders, orUnknown(d.FunderKind), d.About, d.Declared)
	return unlessNone(op, n, err)
}

// Desk returns one desk.
func (tx *Tx) Desk(id string) (desk.Desk, error) {
	var d desk.Desk
	err := tx.row("read desk", `SELECT `+deskColumns+` FROM desks WHERE id = ?`, []any{id}, deskFields(&d)...)
	return d, err
}

// Desks returns every desk, by key.
func (tx *Tx) Desks() ([]desk.Desk, error) {
	return all(tx, "list desks", `SELECT `+deskColumns+` FROM desks ORDER BY id`, nil, deskFields)
}

// LocalDesks returns the desks that work in this installation, by key.
func (tx *Tx) LocalDesks() ([]desk.Desk, error) {
	return all(tx, "list desks", `SELECT `+deskColumns+` FROM desks WHERE local = 1 ORDER BY id`, nil, deskFields)
}

const memberColumns = `id, desk_id, name, role, key_id, ended`

func memberFields(m *desk.Member) []any {
	return []any{&m.ID, &m.DeskID, &m.Name, &m.Role, &m.KeyID, &m.Ended}
}

// PutMember inserts a member or changes name, role, key and end. A member
// never moves to another desk: that is a desk.Conflict.
func (tx *Tx) PutMember(m desk.Member) error {
	const op = "put member"
	n, err := tx.exec(op, `INSERT INTO members (`+memberColumns+`) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role,
			key_id = excluded.key_id, ended = excluded.ended
		WHERE members.desk_id = excluded.desk_id`,
		m.ID, m.DeskID, m.Name, string(m.Role), m.KeyID, number(m.Ended))
	return unlessNone(op, n, err)
}

// Member returns one member.
func (tx *Tx) Member(id string) (desk.Member, error) {
	var m desk.Member
	err := tx.row("read member", `SELECT `+memberColumns+` FROM members WHERE id = ?`, []any{id}, memberFields(&m)...)
	return m, err
}

// Members returns the members of a desk, by key, those who left included.
func (tx *Tx) Members(deskID string) ([]desk.Member, error) {
	return all(tx, "list members", `SELECT `+memberColumns+` FROM members WHERE desk_id = ? ORDER BY id`, []any{deskID}, memberFields)
}

// unlessNone makes a Conflict of a statement that touched no row because the
// row it met is in a state that forbids it.
func unlessNone(op string, n int, err error) error {
	if err == nil && n == 0 {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.stale"}
	}
	return err
}

// number writes a truth value the way both engines store it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func orUnknown(k desk.OwnerKind) string {
	if k == "" {
		return string(desk.OwnerUnknown)
	}
	return string(k)
}

// orNull keeps an empty key out of a column that refers to another table.
func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}
