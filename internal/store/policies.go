package store

import "sangto/internal/desk"

const policyColumns = `desk_id, kind, number, text_vi, text_en, sha256, day, proposed_by, proposed_key, agreed_by, agreed_key`

func policyFields(p *desk.PolicyPage) []any {
	return []any{
		&p.DeskID, &p.Kind, &p.Number, &p.Text.VI, &p.Text.EN, &p.SHA256, &p.Day,
		&p.Keys.ProposedBy, &p.Keys.ProposedKey, &p.Keys.AgreedBy, &p.Keys.AgreedKey,
	}
}

// AddPolicyPage publishes a version of a page. p.Number must be the newest
// number plus one, otherwise desk.Conflict; two keys of members who are still there are needed, and the
// first must be an admin's. The schema refuses everything else with
// desk.Forbidden.
func (tx *Tx) AddPolicyPage(p desk.PolicyPage) error {
	const op = "add page"
	err := tx.following(op, p.Number, `SELECT coalesce(max(number), 0) FROM policies WHERE desk_id = ? AND kind = ?`, p.DeskID, string(p.Kind))
	if err != nil {
		return err
	}
	_, err = tx.exec(op, `INSERT INTO policies (`+policyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.DeskID, string(p.Kind), p.Number, p.Text.VI, p.Text.EN, p.SHA256, p.Day,
		p.Keys.ProposedBy, p.Keys.ProposedKey, p.Keys.AgreedBy, p.Keys.AgreedKey)
	return err
}

// following makes a Conflict of a number that is not the next one, which the
// query finds the predecessor of.
func (tx *Tx) following(op string, number int, newest string, args ...any) error {
	var last int
	if err := tx.row(op, newest, args, &last); err != nil {
		return err
	}
	if number != last+1 {
		return &desk.Error{Kind: desk.Conflict, Op: op, Key: "error.stale"}
	}
	return nil
}

// PolicyPages returns the newest version of each page a desk has, by kind.
func (tx *Tx) PolicyPages(deskID string) ([]desk.PolicyPage, error) {
	return all(tx, "list pages", `SELECT `+policyColumns+` FROM policies p WHERE desk_id = ?
		AND number = (SELECT max(number) FROM policies WHERE desk_id = p.desk_id AND kind = p.kind) ORDER BY kind`,
		[]any{deskID}, policyFields)
}

// PolicyVersions returns every version of one page, oldest first; a page that
// was never published has none.
func (tx *Tx) PolicyVersions(deskID string, kind desk.PageKind) ([]desk.PolicyPage, error) {
	return all(tx, "list versions of a page", `SELECT `+policyColumns+` FROM policies WHERE desk_id = ? AND kind = ? ORDER BY number`,
		[]any{deskID, string(kind)}, policyFields)
}

const declarationColumns = `desk_id, number, owner, owner_kind, funders, funder_kind, handed_over, note_vi, note_en, sha256, day,
	proposed_by, proposed_key, agreed_by, agreed_key`

// Declare writes the next declaration of a local desk and makes the desk's own
// row follow it. What holds for AddPolicyPage holds here.
func (tx *Tx) Declare(d desk.Declaration) error {
	const op = "declare"
	if err := tx.following(op, d.Number, `SELECT coalesce(max(number), 0) FROM declarations WHERE desk_id = ?`, d.DeskID); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO declarations (`+declarationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.DeskID, d.Number, d.Owner, string(d.OwnerKind), d.Funders, string(d.FunderKind), number(d.HandedOver), d.Note.VI, d.Note.EN,
		d.SHA256, d.Day, d.Keys.ProposedBy, d.Keys.ProposedKey, d.Keys.AgreedBy, d.Keys.AgreedKey)
	if err != nil {
		return err
	}
	n, err := tx.exec(op, `UPDATE desks SET owner = ?, owner_kind = ?, funders = ?, funder_kind = ?, declared = ? WHERE id = ? AND local = 1`,
		d.Owner, string(d.OwnerKind), d.Funders, string(d.FunderKind), d.Day, d.DeskID)
	return unlessNone(op, n, err)
}

// Declarations returns what a desk has declared by two keys, oldest first.
func (tx *Tx) Declarations(deskID string) ([]desk.Declaration, error) {
	return all(tx, "list declarations", `SELECT `+declarationColumns+` FROM declarations WHERE desk_id = ? ORDER BY number`,
		[]any{deskID}, func(d *desk.Declaration) []any {
			return []any{
				&d.DeskID, &d.Number, &d.Owner, &d.OwnerKind, &d.Funders, &d.FunderKind, &d.HandedOver, &d.Note.VI, &d.Note.EN,
				&d.SHA256, &d.Day, &d.Keys.ProposedBy, &d.Keys.ProposedKey, &d.Keys.AgreedBy, &d.Keys.AgreedKey,
			}
		})
}

// PutIntroduction writes or replaces what a member says of herself; empty words
// take it away.
func (tx *Tx) PutIntroduction(i desk.Introduction) error {
	const op = "put introduction"
	if _, err := tx.exec(op, `DELETE FROM introductions WHERE member_id = ?`, i.MemberID); err != nil || i.Words.Empty() {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO introductions (member_id, desk_id, words_vi, words_en, day) VALUES (?, ?, ?, ?, ?)`,
		i.MemberID, i.DeskID, i.Words.VI, i.Words.EN, i.Day)
	return err
}

// Introductions returns what the members of a desk say of themselves, in an
// order that says nothing.
func (tx *Tx) Introductions(deskID string) ([]desk.Introduction, error) {
	return all(tx, "list introductions", `SELECT member_id, desk_id, words_vi, words_en, day FROM introductions WHERE desk_id = ? ORDER BY member_id`,
		[]any{deskID}, func(i *desk.Introduction) []any {
			return []any{&i.MemberID, &i.DeskID, &i.Words.VI, &i.Words.EN, &i.Day}
		})
}

const proposalColumns = `id, desk_id, kind, subject, content, sha256, member_id, key_id, day`

func proposalFields(p *desk.Proposal) []any {
	return []any{&p.ID, &p.DeskID, &p.Kind, &p.Subject, &p.Content, &p.SHA256, &p.MemberID, &p.KeyID, &p.Day}
}

// Propose writes a proposal. One that waits for the same thing is replaced, and
// whoever meant to agree to it finds that its hash is gone.
func (tx *Tx) Propose(p desk.Proposal) error {
	const op = "propose"
	if _, err := tx.exec(op, `DELETE FROM proposals WHERE desk_id = ? AND kind = ? AND subject = ?`, p.DeskID, string(p.Kind), p.Subject); err != nil {
		return err
	}
	_, err := tx.exec(op, `INSERT INTO proposals (`+proposalColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.DeskID, string(p.Kind), p.Subject, p.Content, p.SHA256, p.MemberID, p.KeyID, p.Day)
	return err
}

// Proposal returns what waits for a thing's second key, or desk.NotFound.
func (tx *Tx) Proposal(deskID string, kind desk.ProposalKind, subject string) (desk.Proposal, error) {
	var p desk.Proposal
	err := tx.row("read proposal", `SELECT `+proposalColumns+` FROM proposals WHERE desk_id = ? AND kind = ? AND subject = ?`,
		[]any{deskID, string(kind), subject}, proposalFields(&p)...)
	return p, err
}

// Proposals returns everything of a desk that waits for a second key.
func (tx *Tx) Proposals(deskID string) ([]desk.Proposal, error) {
	return all(tx, "list proposals", `SELECT `+proposalColumns+` FROM proposals WHERE desk_id = ? ORDER BY day, kind, subject`, []any{deskID}, proposalFields)
}

// DropProposal deletes a proposal. One that is gone is desk.Conflict, so that of
// two who agree at once only one acts.
func (tx *Tx) DropProposal(id string) error {
	const op = "drop proposal"
	n, err := tx.exec(op, `DELETE FROM proposals WHERE id = ?`, id)
	return unlessNone(op, n, err)
}
