package store

import (
	"database/sql"

	"sangto/internal/desk"
)

const questionColumns = `id, claim_id, day, receipt_mac, text_mac, text`

// AddQuestion keeps a question. A ReceiptMAC that exists is desk.Conflict: the
// same form came before. Words are taken only while the claim waits and holds
// no other question's words.
func (tx *Tx) AddQuestion(q desk.Question) error {
	_, err := tx.exec("add question", `INSERT INTO questions (`+questionColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		q.ID, q.ClaimID, q.Day, q.ReceiptMAC, q.TextMAC, q.Text.String())
	return err
}

// QuestionByMAC returns the question whose receipt has this keyed hash.
func (tx *Tx) QuestionByMAC(mac []byte) (desk.Question, error) {
	var q desk.Question
	var text string
	err := tx.row("read question", `SELECT `+questionColumns+` FROM questions WHERE receipt_mac = ?`, []any{mac},
		&q.ID, &q.ClaimID, &q.Day, &q.ReceiptMAC, &q.TextMAC, &text)
	q.Text = desk.StoredText(text)
	return q, err
}

// DropText deletes the words of one question at once, as its asker may demand.
// A question without words, or none at all, is no error.
func (tx *Tx) DropText(questionID string) error {
	_, err := tx.exec("drop words", `UPDATE questions SET text = '' WHERE id = ? AND text <> ''`, questionID)
	return err
}

// ClearTexts deletes the words of the questions under a claim and returns how
// many still had some.
func (tx *Tx) ClearTexts(claimID string) (int, error) {
	return tx.exec("clear words", `UPDATE questions SET text = '' WHERE claim_id = ? AND text <> ''`, claimID)
}

// ClearTextsBefore deletes the words of questions asked before day.
func (tx *Tx) ClearTextsBefore(day desk.Day) (int, error) {
	return tx.exec("clear old words", `UPDATE questions SET text = '' WHERE day < ? AND text <> ''`, day)
}

// DeleteQuestionsBefore deletes what is left of questions asked before day;
// their receipts open nothing from then on.
func (tx *Tx) DeleteQuestionsBefore(day desk.Day) (int, error) {
	return tx.exec("delete old questions", `DELETE FROM questions WHERE day < ?`, day)
}

// EachWaitingText hands over the words that wait for a member, with their
// claim, by key. fn must not use tx.
func (tx *Tx) EachWaitingText(fn func(claimID string, text desk.Text) error) error {
	return tx.each("read waiting words", `SELECT q.claim_id, q.text FROM questions q JOIN claims c ON c.id = q.claim_id
		WHERE q.text <> '' AND c.state = 'waiting' ORDER BY q.id`, nil, func(scan func(...any) error) error {
		var claimID, text string
		if err := scan(&claimID, &text); err != nil {
			return err
		}
		return fn(claimID, desk.StoredText(text))
	})
}

// DeleteQuestion deletes a question whose asker takes it back, words and
// receipt. A question that is not there is desk.NotFound.
func (tx *Tx) DeleteQuestion(id string) error {
	const op = "delete question"
	n, err := tx.exec(op, `DELETE FROM questions WHERE id = ?`, id)
	if err == nil && n == 0 {
		return tx.db.mapped(op, sql.ErrNoRows)
	}
	return err
}
