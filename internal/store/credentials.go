package store

import "time"

// Credential is a passkey of a member.
type Credential struct {
	// ID is the authenticator's name for it, Holder ours: 32 random bytes under
	// which the authenticator files it.
	ID, Holder []byte
	MemberID   string
	// PublicKey is a COSE key (RFC 9052).
	PublicKey []byte
	SignCount uint32
	// Flags are what the authenticator said of itself at registration.
	Flags byte
	// Label is the member's own name for it.
	Label string
	Made  time.Time
	// ApprovalKey is the key that this passkey signs with, "" if it only signs in.
	ApprovalKey string
}

const credentialColumns = `id, holder, member_id, public_key, sign_count, flags, label, made, coalesce(approval_key, '')`

type credentialRow struct {
	Credential
	count, flags, made int64
}

func credentialFields(c *credentialRow) []any {
	return []any{&c.ID, &c.Holder, &c.MemberID, &c.PublicKey, &c.count, &c.flags, &c.Label, &c.made, &c.ApprovalKey}
}

func (c credentialRow) credential() Credential {
	out := c.Credential
	out.SignCount, out.Flags, out.Made = uint32(c.count), byte(c.flags), moment(c.made)
	return out
}

// AddCredential keeps a new passkey. One that is known already, whoever's, is a
// desk.Conflict.
func (tx *Tx) AddCredential(c Credential) error {
	_, err := tx.exec("add credential",
		`INSERT INTO credentials (id, holder, member_id, public_key, sign_count, flags, label, made, approval_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.Holder, c.MemberID, c.PublicKey, int64(c.SignCount), int64(c.Flags), c.Label, micros(c.Made), orNull(c.ApprovalKey))
	return err
}

// Credential returns one passkey by the authenticator's name for it.
func (tx *Tx) Credential(id []byte) (Credential, error) {
	var c credentialRow
	err := tx.row("read credential", `SELECT `+credentialColumns+` FROM credentials WHERE id = ?`, []any{id}, credentialFields(&c)...)
	return c.credential(), err
}

// Credentials returns a member's passkeys, the oldest first.
func (tx *Tx) Credentials(memberID string) ([]Credential, error) {
	rows, err := all(tx, "list credentials", `SELECT `+credentialColumns+` FROM credentials WHERE member_id = ? ORDER BY made, label`, []any{memberID}, credentialFields)
	out := make([]Credential, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.credential())
	}
	return out, err
}

// CountCredential keeps the newest count an authenticator gave. It is a
// desk.Conflict if a higher one was kept meanwhile.
func (tx *Tx) CountCredential(id []byte, count uint32) error {
	n, err := tx.exec("count credential", `UPDATE credentials SET sign_count = ? WHERE id = ? AND (sign_count < ? OR sign_count = 0 AND CAST(? AS BIGINT) = 0)`,
		int64(count), id, int64(count), int64(count))
	return unlessNone("count credential", n, err)
}

// ApproveWith names the approval key that a passkey signs with.
func (tx *Tx) ApproveWith(id []byte, keyID string) error {
	n, err := tx.exec("approve with credential", `UPDATE credentials SET approval_key = ? WHERE id = ?`, orNull(keyID), id)
	return unlessNone("approve with credential", n, err)
}

// DropCredential forgets a member's passkey.
func (tx *Tx) DropCredential(memberID string, id []byte) error {
	n, err := tx.exec("drop credential", `DELETE FROM credentials WHERE id = ? AND member_id = ?`, id, memberID)
	return unlessNone("drop credential", n, err)
}

// Password is a member's password and the secret of the second step, sealed.
type Password struct {
	MemberID string
	// Name is what the member signs in with, folded.
	Name string
	// Hash is an argon2id string (PHC).
	Hash   string
	Secret []byte
	// Step is the last time step (RFC 6238) whose code was taken.
	Step int64
	Made time.Time
}

const passwordColumns = `member_id, name, hash, secret, step, made`

// PutPassword keeps a member's password, in place of an earlier one. A name
// that another member signs in with is a desk.Conflict.
func (tx *Tx) PutPassword(p Password) error {
	_, err := tx.exec("put password", `INSERT INTO passwords (`+passwordColumns+`) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (member_id) DO UPDATE SET name = excluded.name, hash = excluded.hash, secret = excluded.secret, step = excluded.step, made = excluded.made`,
		p.MemberID, p.Name, p.Hash, p.Secret, p.Step, micros(p.Made))
	return err
}

// PasswordOf returns the password of a member.
func (tx *Tx) PasswordOf(memberID string) (Password, error) {
	return tx.password(`member_id = ?`, memberID)
}

// PasswordNamed returns the password behind a folded name.
func (tx *Tx) PasswordNamed(name string) (Password, error) {
	return tx.password(`name = ?`, name)
}

func (tx *Tx) password(where, arg string) (Password, error) {
	var p Password
	var made int64
	err := tx.row("read password", `SELECT `+passwordColumns+` FROM passwords WHERE `+where, []any{arg},
		&p.MemberID, &p.Name, &p.Hash, &p.Secret, &p.Step, &made)
	p.Made = moment(made)
	return p, err
}

// HasPasswords reports whether any member signs in with a password.
func (tx *Tx) HasPasswords() (bool, error) {
	var n int
	err := tx.row("ask for passwords", `SELECT count(*) FROM (SELECT 1 FROM passwords LIMIT 1) p`, nil, &n)
	return n > 0, err
}

// TakeStep marks the code of a time step as used. It is a desk.Conflict if it
// or a later one was used already.
func (tx *Tx) TakeStep(memberID string, step int64) error {
	n, err := tx.exec("take step", `UPDATE passwords SET step = ? WHERE member_id = ? AND step < ?`, step, memberID, step)
	return unlessNone("take step", n, err)
}

// DropPassword forgets a member's password.
func (tx *Tx) DropPassword(memberID string) error {
	_, err := tx.exec("drop password", `DELETE FROM passwords WHERE member_id = ?`, memberID)
	return err
}

// Identity is an account of an organisation under which a member signs in.
type Identity struct{ Issuer, Subject, MemberID string }

// AddIdentity binds an account to a member. One that is bound already is a
// desk.Conflict.
func (tx *Tx) AddIdentity(i Identity) error {
	_, err := tx.exec("add identity", `INSERT INTO identities (issuer, subject, member_id, made) VALUES (?, ?, ?, ?)`, i.Issuer, i.Subject, i.MemberID, micros(tx.now))
	return err
}

// Identity finds the member of an account.
func (tx *Tx) Identity(issuer, subject string) (Identity, error) {
	i := Identity{Issuer: issuer, Subject: subject}
	err := tx.row("read identity", `SELECT member_id FROM identities WHERE issuer = ? AND subject = ?`, []any{issuer, subject}, &i.MemberID)
	return i, err
}

// Identities returns a member's accounts.
func (tx *Tx) Identities(memberID string) ([]Identity, error) {
	return all(tx, "list identities", `SELECT issuer, subject, member_id FROM identities WHERE member_id = ? ORDER BY issuer, subject`, []any{memberID},
		func(i *Identity) []any { return []any{&i.Issuer, &i.Subject, &i.MemberID} })
}

// DropIdentity forgets one account of a member.
func (tx *Tx) DropIdentity(memberID, issuer string) error {
	n, err := tx.exec("drop identity", `DELETE FROM identities WHERE member_id = ? AND issuer = ?`, memberID, issuer)
	return unlessNone("drop identity", n, err)
}

// ForgetWays forgets every way a member had to sign in.
func (tx *Tx) ForgetWays(memberID string) error {
	for _, table := range []string{"credentials", "passwords", "identities"} {
		if _, err := tx.exec("forget ways", `DELETE FROM `+table+` WHERE member_id = ?`, memberID); err != nil {
			return err
		}
	}
	return nil
}

// CanSignIn returns those members of a desk who have a way to sign in.
func (tx *Tx) CanSignIn(deskID string) (map[string]bool, error) {
	ids, err := all(tx, "list who can sign in", `SELECT id FROM members m WHERE desk_id = ? AND ended = 0 AND (
		EXISTS (SELECT 1 FROM credentials c WHERE c.member_id = m.id)
		OR EXISTS (SELECT 1 FROM passwords p WHERE p.member_id = m.id)
		OR EXISTS (SELECT 1 FROM identities i WHERE i.member_id = m.id))`, []any{deskID}, func(s *string) []any { return []any{s} })
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// Attempts is how often a name was tried in vain.
type Attempts struct {
	Failures  int
	HeldUntil time.Time
}

// Attempts returns how often a name was tried, nothing if never.
func (tx *Tx) Attempts(mac []byte) (Attempts, error) {
	var a Attempts
	var held int64
	rows := 0
	err := tx.each("read attempts", `SELECT failures, held_until FROM attempts WHERE name_mac = ?`, []any{mac}, func(scan func(...any) error) error {
		rows++
		return scan(&a.Failures, &held)
	})
	if rows > 0 {
		a.HeldUntil = moment(held)
	}
	return a, err
}

// PutAttempts keeps how often a name was tried, and forgets what is long over.
func (tx *Tx) PutAttempts(mac []byte, a Attempts) error {
	if _, err := tx.exec("forget attempts", `DELETE FROM attempts WHERE held_until < ?`, micros(tx.now.Add(-time.Hour))); err != nil {
		return err
	}
	if a.Failures == 0 {
		_, err := tx.exec("forget attempts", `DELETE FROM attempts WHERE name_mac = ?`, mac)
		return err
	}
	_, err := tx.exec("put attempts", `INSERT INTO attempts (name_mac, failures, held_until) VALUES (?, ?, ?)
		ON CONFLICT (name_mac) DO UPDATE SET failures = excluded.failures, held_until = excluded.held_until`, mac, a.Failures, micros(a.HeldUntil))
	return err
}

// Answer marks a challenge as answered. The second answer is a desk.Conflict.
func (tx *Tx) Answer(challenge []byte, ends time.Time) error {
	if _, err := tx.exec("forget challenges", `DELETE FROM answered WHERE ends < ?`, micros(tx.now)); err != nil {
		return err
	}
	n, err := tx.exec("answer challenge", `INSERT INTO answered (challenge, ends) VALUES (?, ?) ON CONFLICT (challenge) DO NOTHING`, challenge, micros(ends))
	return unlessNone("answer challenge", n, err)
}
