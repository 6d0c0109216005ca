-- Triggers of PostgreSQL. Rules of ours raise SQLSTATE SG001; a row that takes
-- the key of another raises unique_violation, as the key itself would.
-- ENABLE ALWAYS keeps the guards awake under session_replication_role = replica.

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%: rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'SG001';
END $$;

CREATE TRIGGER checks_append_only BEFORE UPDATE OR DELETE ON checks FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER checks_no_truncate BEFORE TRUNCATE ON checks FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE checks ENABLE ALWAYS TRIGGER checks_append_only;
ALTER TABLE checks ENABLE ALWAYS TRIGGER checks_no_truncate;

CREATE TRIGGER approvals_append_only BEFORE UPDATE OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER approvals_no_truncate BEFORE TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE approvals ENABLE ALWAYS TRIGGER approvals_append_only;
ALTER TABLE approvals ENABLE ALWAYS TRIGGER approvals_no_truncate;

CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER evidence_no_truncate BEFORE TRUNCATE ON evidence FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE evidence ENABLE ALWAYS TRIGGER evidence_append_only;
ALTER TABLE evidence ENABLE ALWAYS TRIGGER evidence_no_truncate;

CREATE TRIGGER versions_append_only BEFORE UPDATE OR DELETE ON versions FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER versions_no_truncate BEFORE TRUNCATE ON versions FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_append_only;
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_no_truncate;

CREATE TRIGGER changes_append_only BEFORE UPDATE OR DELETE ON changes FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER changes_no_truncate BEFORE TRUNCATE ON changes FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE changes ENABLE ALWAYS TRIGGER changes_append_only;
ALTER TABLE changes ENABLE ALWAYS TRIGGER changes_no_truncate;

CREATE TRIGGER latest_append_only BEFORE DELETE ON latest FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER latest_no_truncate BEFORE TRUNCATE ON latest FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE latest ENABLE ALWAYS TRIGGER latest_append_only;
ALTER TABLE latest ENABLE ALWAYS TRIGGER latest_no_truncate;

-- Evidence and approvals are written before their version, which seals them.

CREATE FUNCTION evidence_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'evidence: the version is published' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evidence_sealed BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION evidence_sealed();
ALTER TABLE evidence ENABLE ALWAYS TRIGGER evidence_sealed;

CREATE FUNCTION approvals_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'approvals: the version is published' USING ERRCODE = 'SG001';
  END IF;
  IF EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1) THEN
    RAISE EXCEPTION 'approvals: the member has left' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approvals_sealed BEFORE INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION approvals_sealed();
ALTER TABLE approvals ENABLE ALWAYS TRIGGER approvals_sealed;

CREATE FUNCTION versions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'versions: a row with this key exists' USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM versions WHERE check_id = NEW.check_id), 0) THEN
    RAISE EXCEPTION 'versions: not the next number' USING ERRCODE = 'SG001';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM desks WHERE id = NEW.desk_id AND of_power = NEW.desk_power) THEN
    RAISE EXCEPTION 'versions: desk_power is not what the desk declares' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.evidence_count <> (SELECT count(*) FROM evidence WHERE check_id = NEW.check_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'versions: evidence was added or is missing' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER versions_guard BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION versions_guard();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_guard;

CREATE FUNCTION changes_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> 1 + coalesce((SELECT max(seq) FROM changes), 0) THEN
    RAISE EXCEPTION 'changes: not the next number' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER changes_next BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION changes_next();
ALTER TABLE changes ENABLE ALWAYS TRIGGER changes_next;

-- latest always points at the newest version.

CREATE FUNCTION latest_newest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number IS DISTINCT FROM (SELECT max(number) FROM versions WHERE check_id = NEW.check_id) THEN
    RAISE EXCEPTION 'latest: not the newest version' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER latest_newest BEFORE INSERT OR UPDATE ON latest FOR EACH ROW EXECUTE FUNCTION latest_newest();
ALTER TABLE latest ENABLE ALWAYS TRIGGER latest_newest;

-- A claim moves only along the states the desk knows.

CREATE FUNCTION claims_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.opened <> OLD.opened OR NEW.state <> OLD.state AND NOT (
    (OLD.state = 'waiting' AND NEW.state IN ('checking', 'closed'))
    OR (OLD.state = 'checking' AND NEW.state IN ('answered', 'closed'))
    OR (OLD.state = 'closed' AND NEW.state = 'checking')) THEN
    RAISE EXCEPTION 'claims: no such move' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER claims_state BEFORE UPDATE ON claims FOR EACH ROW EXECUTE FUNCTION claims_state();
ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_state;

CREATE FUNCTION claims_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.check_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.check_id)
    OR NEW.shown_check IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checks WHERE id = NEW.shown_check) THEN
    RAISE EXCEPTION 'claims: no such check' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER claims_check BEFORE INSERT OR UPDATE ON claims FOR EACH ROW EXECUTE FUNCTION claims_check();
ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_check;

-- A claim that no longer waits holds no askers' words, whoever moved it.

CREATE FUNCTION claims_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'waiting' THEN
    UPDATE questions SET text = '' WHERE claim_id = NEW.id AND text <> '';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER claims_forget AFTER UPDATE OF state ON claims FOR EACH ROW EXECUTE FUNCTION claims_forget();
ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_forget;

-- FOR SHARE waits for whoever is moving the claim at this moment.

CREATE FUNCTION questions_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text <> '' THEN
    PERFORM 1 FROM claims WHERE id = NEW.claim_id AND state = 'waiting' FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'questions: words only while the claim waits' USING ERRCODE = 'SG001';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER questions_words BEFORE INSERT ON questions FOR EACH ROW EXECUTE FUNCTION questions_words();
ALTER TABLE questions ENABLE ALWAYS TRIGGER questions_words;

-- Of a question only the words may change, and only to nothing.

CREATE FUNCTION questions_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text <> '' OR NEW.id <> OLD.id OR NEW.claim_id <> OLD.claim_id OR NEW.day <> OLD.day
    OR NEW.receipt_mac <> OLD.receipt_mac OR NEW.text_mac <> OLD.text_mac THEN
    RAISE EXCEPTION 'questions: only the words may go' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER questions_forget BEFORE UPDATE ON questions FOR EACH ROW EXECUTE FUNCTION questions_forget();
ALTER TABLE questions ENABLE ALWAYS TRIGGER questions_forget;
