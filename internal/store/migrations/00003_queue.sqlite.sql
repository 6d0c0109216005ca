INSERT INTO read_chain (id, cut_seq, cut_hash) VALUES (1, 0, zeroblob(32));

-- Waiting longest first; each bucket of askers weighs three days.
ALTER TABLE claims ADD COLUMN due INTEGER NOT NULL GENERATED ALWAYS AS
  (opened - CASE WHEN asked >= 100 THEN 6 WHEN asked >= 10 THEN 3 ELSE 0 END) VIRTUAL;

CREATE INDEX claims_queue ON claims (desk_id, state, lap, due, id) WHERE joined_to IS NULL;
CREATE INDEX claims_free ON claims (desk_id, state, lap, due, id) WHERE joined_to IS NULL AND assignee IS NULL;
CREATE INDEX claims_mine ON claims (assignee, desk_id, state, lap, due, id) WHERE assignee IS NOT NULL;

-- A claim moves only along the states the desk knows. It may wait again only
-- if it never had a wording, and a part of another moves with that one.
DROP TRIGGER claims_state;
CREATE TRIGGER claims_state BEFORE UPDATE ON claims
WHEN NEW.id <> OLD.id OR NEW.opened <> OLD.opened OR NEW.state <> OLD.state AND NOT (
  (OLD.state = 'waiting' AND (NEW.state = 'closed' OR NEW.state = 'checking' AND NEW.joined_to IS NULL))
  OR (OLD.state = 'checking' AND NEW.state IN ('answered', 'closed'))
  OR (OLD.state = 'closed' AND NEW.state = 'checking' AND NEW.joined_to IS NULL)
  OR (OLD.state = 'closed' AND NEW.state = 'waiting' AND NEW.wording = '' AND NEW.check_id IS NULL AND NEW.joined_to IS NULL))
BEGIN SELECT RAISE(ABORT, 'claims: no such move'); END;

-- Likeness is found when a question comes, and not declared afterwards.
CREATE TRIGGER claims_kin_fixed BEFORE UPDATE OF kin, lap ON claims
WHEN NEW.kin IS NOT OLD.kin OR NEW.lap <> OLD.lap
BEGIN SELECT RAISE(ABORT, 'claims: kin and lap are fixed'); END;

-- A part joins a head that is open and no part itself; no chains. It leaves it
-- only while it waits.
CREATE TRIGGER claims_join BEFORE UPDATE OF joined_to ON claims
WHEN NEW.joined_to IS NOT OLD.joined_to AND (OLD.state <> 'waiting' OR NEW.joined_to IS NOT NULL AND (
  EXISTS (SELECT 1 FROM claims WHERE joined_to = NEW.id)
  OR NOT EXISTS (SELECT 1 FROM claims h WHERE h.id = NEW.joined_to AND h.id <> NEW.id AND h.desk_id = NEW.desk_id
    AND h.joined_to IS NULL AND h.state IN ('waiting', 'checking'))))
BEGIN SELECT RAISE(ABORT, 'claims: cannot be joined so'); END;

CREATE TRIGGER claims_born BEFORE INSERT ON claims
WHEN NEW.joined_to IS NOT NULL OR NEW.binned <> 0 OR NEW.note <> '' OR NEW.assignee IS NOT NULL
  OR NEW.asked <> (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = NEW.id LIMIT 100))
BEGIN SELECT RAISE(ABORT, 'claims: a new claim is nobody''s, nowhere and unasked'); END;

-- Into the bin only from waiting, and never for longer.
CREATE TRIGGER claims_bin BEFORE UPDATE OF binned ON claims
WHEN NEW.binned <> OLD.binned AND NOT (NEW.binned = 0 OR OLD.binned = 0 AND OLD.state = 'waiting' AND NEW.state = 'closed')
BEGIN SELECT RAISE(ABORT, 'claims: only what waits goes to the bin'); END;

CREATE TRIGGER claims_assign BEFORE UPDATE OF assignee ON claims
WHEN NEW.assignee IS NOT NULL AND NEW.assignee IS NOT OLD.assignee
  AND NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.assignee AND desk_id = NEW.desk_id AND ended = 0)
BEGIN SELECT RAISE(ABORT, 'claims: no such member'); END;

CREATE TRIGGER claims_note BEFORE UPDATE OF note ON claims
WHEN NEW.note <> '' AND NEW.note <> OLD.note AND NEW.state NOT IN ('waiting', 'checking')
BEGIN SELECT RAISE(ABORT, 'claims: a note lives with an open claim'); END;

CREATE TRIGGER claims_unassign AFTER UPDATE OF ended ON members
WHEN NEW.ended = 1
BEGIN UPDATE claims SET assignee = NULL WHERE assignee = NEW.id; END;

-- A claim that no longer waits holds no askers' words, but for the days in the
-- bin; one that has ended holds no note.
DROP TRIGGER claims_forget;
CREATE TRIGGER claims_forget AFTER UPDATE OF state, binned ON claims
WHEN NEW.state <> 'waiting' AND NEW.binned = 0
BEGIN
  UPDATE questions SET text = '' WHERE claim_id = NEW.id AND text <> '';
  UPDATE claims SET note = '' WHERE id = NEW.id AND note <> '' AND state IN ('answered', 'closed');
END;

-- Of a question only the words may change, and only to nothing; and it may move
-- to the claim that its own was joined to, without its words.
DROP TRIGGER questions_forget;
CREATE TRIGGER questions_forget BEFORE UPDATE ON questions
WHEN NEW.text <> '' OR NEW.id <> OLD.id OR NEW.day <> OLD.day
  OR NEW.receipt_mac <> OLD.receipt_mac OR NEW.text_mac <> OLD.text_mac
  OR NEW.claim_id <> OLD.claim_id AND NOT EXISTS (SELECT 1 FROM claims WHERE id = OLD.claim_id AND joined_to = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'questions: only the words may go'); END;

-- asked is true, whoever writes.
CREATE TRIGGER claims_asked BEFORE UPDATE OF asked ON claims
WHEN NEW.asked <> (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = NEW.id LIMIT 100))
BEGIN SELECT RAISE(ABORT, 'claims: asked is counted'); END;

CREATE TRIGGER questions_come AFTER INSERT ON questions
BEGIN
  UPDATE claims SET asked = (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = NEW.claim_id LIMIT 100))
  WHERE id = NEW.claim_id AND asked < 100;
END;

CREATE TRIGGER questions_go AFTER DELETE ON questions
BEGIN
  UPDATE claims SET asked = (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = OLD.claim_id LIMIT 100))
  WHERE id = OLD.claim_id;
END;

CREATE TRIGGER questions_move AFTER UPDATE OF claim_id ON questions
WHEN NEW.claim_id <> OLD.claim_id
BEGIN
  UPDATE claims SET asked = (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = claims.id LIMIT 100))
  WHERE id = OLD.claim_id OR id = NEW.claim_id AND asked < 100;
END;

-- The read log only grows at its end and is cut only at its front.
CREATE TRIGGER reads_next BEFORE INSERT ON reads
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM reads), (SELECT cut_seq FROM read_chain WHERE id = 1))
  OR NEW.prev <> coalesce((SELECT hash FROM reads ORDER BY seq DESC LIMIT 1), (SELECT cut_hash FROM read_chain WHERE id = 1))
  OR NEW.day < coalesce((SELECT day FROM reads ORDER BY seq DESC LIMIT 1), 0)
BEGIN SELECT RAISE(ABORT, 'reads: not the next entry'); END;

CREATE TRIGGER reads_no_update BEFORE UPDATE ON reads
BEGIN SELECT RAISE(ABORT, 'reads: rows are never changed'); END;

CREATE TRIGGER reads_no_delete BEFORE DELETE ON reads
WHEN OLD.seq > (SELECT cut_seq FROM read_chain WHERE id = 1)
BEGIN SELECT RAISE(ABORT, 'reads: only what was cut off goes'); END;

CREATE TRIGGER read_chain_cut BEFORE UPDATE ON read_chain
WHEN NEW.id <> OLD.id OR NEW.cut_seq <= OLD.cut_seq OR NOT EXISTS (SELECT 1 FROM reads WHERE seq = NEW.cut_seq AND hash = NEW.cut_hash)
BEGIN SELECT RAISE(ABORT, 'read_chain: cut at a row of the log'); END;

CREATE TRIGGER read_chain_one BEFORE INSERT ON read_chain
BEGIN SELECT RAISE(ABORT, 'read_chain: there is one'); END;

CREATE TRIGGER read_chain_no_delete BEFORE DELETE ON read_chain
BEGIN SELECT RAISE(ABORT, 'read_chain: there is one'); END;
