-- Triggers of SQLite. RAISE(ABORT) undoes the statement; the transaction is
-- rolled back by whoever opened it.

-- Append-only: no UPDATE, no DELETE, and no row may take the key of another,
-- because REPLACE deletes without firing a DELETE trigger on a connection that
-- has not switched recursive_triggers on. For checks that is checks_no_replace;
-- for the others the seals and the next numbers below, which no row that
-- displaces a published one can satisfy.

CREATE TRIGGER checks_no_update BEFORE UPDATE ON checks
BEGIN SELECT RAISE(ABORT, 'checks: rows are never changed'); END;

CREATE TRIGGER checks_no_delete BEFORE DELETE ON checks
BEGIN SELECT RAISE(ABORT, 'checks: rows are never deleted'); END;

CREATE TRIGGER checks_no_replace BEFORE INSERT ON checks
WHEN EXISTS (SELECT 1 FROM checks WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'checks: a row with this key exists'); END;

CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals
BEGIN SELECT RAISE(ABORT, 'approvals: rows are never changed'); END;

CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals
BEGIN SELECT RAISE(ABORT, 'approvals: rows are never deleted'); END;

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence: rows are never changed'); END;

CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence: rows are never deleted'); END;

CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions
BEGIN SELECT RAISE(ABORT, 'versions: rows are never changed'); END;

CREATE TRIGGER versions_no_delete BEFORE DELETE ON versions
BEGIN SELECT RAISE(ABORT, 'versions: rows are never deleted'); END;

CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'changes: rows are never changed'); END;

CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'changes: rows are never deleted'); END;

-- Evidence and approvals are written before their version, which seals them.
CREATE TRIGGER evidence_sealed BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'evidence: the version is published'); END;

CREATE TRIGGER approvals_sealed BEFORE INSERT ON approvals
WHEN EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'approvals: the version is published'); END;

CREATE TRIGGER approvals_member BEFORE INSERT ON approvals
WHEN EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'approvals: the member has left'); END;

CREATE TRIGGER versions_next BEFORE INSERT ON versions
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM versions WHERE check_id = NEW.check_id), 0)
BEGIN SELECT RAISE(ABORT, 'versions: not the next number'); END;

CREATE TRIGGER versions_desk_power BEFORE INSERT ON versions
WHEN NOT EXISTS (SELECT 1 FROM desks WHERE id = NEW.desk_id AND of_power = NEW.desk_power)
BEGIN SELECT RAISE(ABORT, 'versions: desk_power is not what the desk declares'); END;

CREATE TRIGGER versions_evidence BEFORE INSERT ON versions
WHEN NEW.evidence_count <> (SELECT count(*) FROM evidence WHERE check_id = NEW.check_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'versions: evidence was added or is missing'); END;

CREATE TRIGGER changes_next BEFORE INSERT ON changes
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM changes), 0)
BEGIN SELECT RAISE(ABORT, 'changes: not the next number'); END;

-- latest always points at the newest version. IS NOT, because a check without
-- a version has no newest number, and a comparison with nothing refuses nothing.
CREATE TRIGGER latest_insert BEFORE INSERT ON latest
WHEN NEW.number IS NOT (SELECT max(number) FROM versions WHERE check_id = NEW.check_id)
BEGIN SELECT RAISE(ABORT, 'latest: not the newest version'); END;

CREATE TRIGGER latest_update BEFORE UPDATE ON latest
WHEN NEW.check_id <> OLD.check_id
  OR NEW.number IS NOT (SELECT max(number) FROM versions WHERE check_id = NEW.check_id)
BEGIN SELECT RAISE(ABORT, 'latest: not the newest version'); END;

CREATE TRIGGER latest_no_delete BEFORE DELETE ON latest
BEGIN SELECT RAISE(ABORT, 'latest: rows are never deleted'); END;

-- A claim moves only along the states the desk knows.
CREATE TRIGGER claims_state BEFORE UPDATE ON claims
WHEN NEW.id <> OLD.id OR NEW.opened <> OLD.opened OR NEW.state <> OLD.state AND NOT (
  (OLD.state = 'waiting' AND NEW.state IN ('checking', 'closed'))
  OR (OLD.state = 'checking' AND NEW.state IN ('answered', 'closed'))
  OR (OLD.state = 'closed' AND NEW.state = 'checking'))
BEGIN SELECT RAISE(ABORT, 'claims: no such move'); END;

CREATE TRIGGER claims_check_insert BEFORE INSERT ON claims
WHEN NEW.check_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.check_id)
  OR NEW.shown_check IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.shown_check)
BEGIN SELECT RAISE(ABORT, 'claims: no such check'); END;

CREATE TRIGGER claims_check_update BEFORE UPDATE ON claims
WHEN NEW.check_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.check_id)
  OR NEW.shown_check IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.shown_check)
BEGIN SELECT RAISE(ABORT, 'claims: no such check'); END;

-- A claim that no longer waits holds no askers' words, whoever moved it.
CREATE TRIGGER claims_forget AFTER UPDATE OF state ON claims
WHEN NEW.state <> 'waiting'
BEGIN UPDATE questions SET text = '' WHERE claim_id = NEW.id AND text <> ''; END;

CREATE TRIGGER questions_words BEFORE INSERT ON questions
WHEN NEW.text <> '' AND NOT EXISTS (SELECT 1 FROM claims WHERE id = NEW.claim_id AND state = 'waiting')
BEGIN SELECT RAISE(ABORT, 'questions: words only while the claim waits'); END;

-- Of a question only the words may change, and only to nothing.
CREATE TRIGGER questions_forget BEFORE UPDATE ON questions
WHEN NEW.text <> '' OR NEW.id <> OLD.id OR NEW.claim_id <> OLD.claim_id OR NEW.day <> OLD.day
  OR NEW.receipt_mac <> OLD.receipt_mac OR NEW.text_mac <> OLD.text_mac
BEGIN SELECT RAISE(ABORT, 'questions: only the words may go'); END;
