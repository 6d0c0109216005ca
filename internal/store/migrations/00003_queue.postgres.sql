INSERT INTO read_chain (id, cut_seq, cut_hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- Waiting longest first; each bucket of askers weighs three days.
ALTER TABLE claims ADD COLUMN due INTEGER NOT NULL GENERATED ALWAYS AS
  (opened - CASE WHEN asked >= 100 THEN 6 WHEN asked >= 10 THEN 3 ELSE 0 END) STORED;

CREATE INDEX claims_queue ON claims (desk_id, state, lap, due, id) WHERE joined_to IS NULL;
CREATE INDEX claims_free ON claims (desk_id, state, lap, due, id) WHERE joined_to IS NULL AND assignee IS NULL;
CREATE INDEX claims_mine ON claims (assignee, desk_id, state, lap, due, id) WHERE assignee IS NOT NULL;

CREATE FUNCTION asked_of(id TEXT) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = asked_of.id LIMIT 100) AS few
$$;

-- A claim moves only along the states the desk knows. It may wait again only
-- if it never had a wording, and a part of another moves with that one. A part
-- joins a head that is open and no part itself, and leaves it only while it
-- waits. Likeness is fixed, asked is counted, only what waits goes to the bin.
CREATE OR REPLACE FUNCTION claims_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.opened <> OLD.opened OR NEW.state <> OLD.state AND NOT (
    (OLD.state = 'waiting' AND (NEW.state = 'closed' OR NEW.state = 'checking' AND NEW.joined_to IS NULL))
    OR (OLD.state = 'checking' AND NEW.state IN ('answered', 'closed'))
    OR (OLD.state = 'closed' AND NEW.state = 'checking' AND NEW.joined_to IS NULL)
    OR (OLD.state = 'closed' AND NEW.state = 'waiting' AND NEW.wording = '' AND NEW.check_id IS NULL AND NEW.joined_to IS NULL)) THEN
    RAISE EXCEPTION 'claims: no such move' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.kin IS DISTINCT FROM OLD.kin OR NEW.lap <> OLD.lap THEN
    RAISE EXCEPTION 'claims: kin and lap are fixed' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.joined_to IS DISTINCT FROM OLD.joined_to AND (OLD.state <> 'waiting' OR NEW.joined_to IS NOT NULL AND (
    EXISTS (SELECT 1 FROM claims WHERE joined_to = NEW.id)
    OR NOT EXISTS (SELECT 1 FROM claims h WHERE h.id = NEW.joined_to AND h.id <> NEW.id AND h.desk_id = NEW.desk_id
      AND h.joined_to IS NULL AND h.state IN ('waiting', 'checking')))) THEN
    RAISE EXCEPTION 'claims: cannot be joined so' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.binned <> OLD.binned AND NOT (NEW.binned = 0 OR OLD.binned = 0 AND OLD.state = 'waiting' AND NEW.state = 'closed') THEN
    RAISE EXCEPTION 'claims: only what waits goes to the bin' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.assignee IS NOT NULL AND NEW.assignee IS DISTINCT FROM OLD.assignee
    AND NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.assignee AND desk_id = NEW.desk_id AND ended = 0) THEN
    RAISE EXCEPTION 'claims: no such member' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.note <> '' AND NEW.note <> OLD.note AND NEW.state NOT IN ('waiting', 'checking') THEN
    RAISE EXCEPTION 'claims: a note lives with an open claim' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.asked <> OLD.asked AND NEW.asked <> asked_of(NEW.id) THEN
    RAISE EXCEPTION 'claims: asked is counted' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION claims_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.joined_to IS NOT NULL OR NEW.binned <> 0 OR NEW.note <> '' OR NEW.assignee IS NOT NULL OR NEW.asked <> 0 THEN
    RAISE EXCEPTION 'claims: a new claim is nobody''s, nowhere and unasked' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER claims_born BEFORE INSERT ON claims FOR EACH ROW EXECUTE FUNCTION claims_born();
ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_born;

CREATE FUNCTION claims_unassign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended = 1 THEN
    UPDATE claims SET assignee = NULL WHERE assignee = NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER claims_unassign AFTER UPDATE OF ended ON members FOR EACH ROW EXECUTE FUNCTION claims_unassign();
ALTER TABLE members ENABLE ALWAYS TRIGGER claims_unassign;

-- A claim that no longer waits holds no askers' words, but for the days in the
-- bin; one that has ended holds no note.
CREATE OR REPLACE FUNCTION claims_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'waiting' AND NEW.binned = 0 THEN
    UPDATE questions SET text = '' WHERE claim_id = NEW.id AND text <> '';
    UPDATE claims SET note = '' WHERE id = NEW.id AND note <> '' AND state IN ('answered', 'closed');
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER claims_forget ON claims;
CREATE TRIGGER claims_forget AFTER UPDATE OF state, binned ON claims FOR EACH ROW EXECUTE FUNCTION claims_forget();
ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_forget;

-- Of a question only the words may change, and only to nothing; and it may move
-- to the claim that its own was joined to, without its words.
CREATE OR REPLACE FUNCTION questions_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text <> '' OR NEW.id <> OLD.id OR NEW.day <> OLD.day
    OR NEW.receipt_mac <> OLD.receipt_mac OR NEW.text_mac <> OLD.text_mac
    OR NEW.claim_id <> OLD.claim_id AND NOT EXISTS (SELECT 1 FROM claims WHERE id = OLD.claim_id AND joined_to = NEW.claim_id) THEN
    RAISE EXCEPTION 'questions: only the words may go' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;

-- asked is true, whoever writes.
CREATE FUNCTION questions_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE claims SET asked = asked_of(claims.id) WHERE id = OLD.claim_id AND asked <> asked_of(claims.id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE claims SET asked = asked_of(claims.id) WHERE id = NEW.claim_id AND asked < 100;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER questions_come AFTER INSERT OR DELETE ON questions FOR EACH ROW EXECUTE FUNCTION questions_counted();
CREATE TRIGGER questions_move AFTER UPDATE OF claim_id ON questions FOR EACH ROW EXECUTE FUNCTION questions_counted();
ALTER TABLE questions ENABLE ALWAYS TRIGGER questions_come;
ALTER TABLE questions ENABLE ALWAYS TRIGGER questions_move;

-- The read log only grows at its end and is cut only at its front.
CREATE FUNCTION reads_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.seq <> 1 + coalesce((SELECT max(seq) FROM reads), (SELECT cut_seq FROM read_chain WHERE id = 1))
      OR NEW.prev <> coalesce((SELECT hash FROM reads ORDER BY seq DESC LIMIT 1), (SELECT cut_hash FROM read_chain WHERE id = 1))
      OR NEW.day < coalesce((SELECT day FROM reads ORDER BY seq DESC LIMIT 1), 0) THEN
      RAISE EXCEPTION 'reads: not the next entry' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND OLD.seq <= (SELECT cut_seq FROM read_chain WHERE id = 1) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'reads: rows are never changed, and only what was cut off goes' USING ERRCODE = 'SG001';
END $$;
CREATE TRIGGER reads_guard BEFORE INSERT OR UPDATE OR DELETE ON reads FOR EACH ROW EXECUTE FUNCTION reads_guard();
CREATE TRIGGER reads_no_truncate BEFORE TRUNCATE ON reads FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE reads ENABLE ALWAYS TRIGGER reads_guard;
ALTER TABLE reads ENABLE ALWAYS TRIGGER reads_no_truncate;

CREATE FUNCTION read_chain_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR NEW.id <> OLD.id OR NEW.cut_seq <= OLD.cut_seq
    OR NOT EXISTS (SELECT 1 FROM reads WHERE seq = NEW.cut_seq AND hash = NEW.cut_hash) THEN
    RAISE EXCEPTION 'read_chain: there is one, and it is cut at a row of the log' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER read_chain_guard BEFORE INSERT OR UPDATE OR DELETE ON read_chain FOR EACH ROW EXECUTE FUNCTION read_chain_guard();
CREATE TRIGGER read_chain_no_truncate BEFORE TRUNCATE ON read_chain FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE read_chain ENABLE ALWAYS TRIGGER read_chain_guard;
ALTER TABLE read_chain ENABLE ALWAYS TRIGGER read_chain_no_truncate;
