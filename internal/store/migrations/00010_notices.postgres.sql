-- The guards of notices, for PostgreSQL.

CREATE TRIGGER notices_append_only BEFORE UPDATE OR DELETE ON notices FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER notices_no_truncate BEFORE TRUNCATE ON notices FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE notices ENABLE ALWAYS TRIGGER notices_append_only;
ALTER TABLE notices ENABLE ALWAYS TRIGGER notices_no_truncate;

-- The lock makes two sessions count one after the other.
CREATE FUNCTION notices_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7003010);
  IF EXISTS (SELECT 1 FROM notices WHERE notice_id = NEW.notice_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'notices: a row with this key exists' USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM notices WHERE notice_id = NEW.notice_id), 0) THEN
    RAISE EXCEPTION 'notices: not the next number' USING ERRCODE = 'SG001';
  END IF;
  IF EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1) THEN
    RAISE EXCEPTION 'notices: the member has left' USING ERRCODE = 'SG001';
  END IF;
  -- Times only go on, so that nobody makes room by dating a row back.
  IF NEW.published < (SELECT max(published) FROM notices) THEN
    RAISE EXCEPTION 'notices: dated before another' USING ERRCODE = 'SG001';
  END IF;
  -- A version follows one that stands, of the same desk and the same body.
  IF NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM notices WHERE notice_id = NEW.notice_id AND number = NEW.number - 1
    AND desk_id = NEW.desk_id AND source = NEW.source AND issued = NEW.issued AND act <> 'cancel' AND valid_until > NEW.published) THEN
    RAISE EXCEPTION 'notices: nothing stands that it could follow' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.number = 1 AND 3 <= (SELECT count(*) FROM notices n WHERE n.valid_until > NEW.published AND n.act <> 'cancel'
    AND NOT EXISTS (SELECT 1 FROM notices l WHERE l.notice_id = n.notice_id AND l.number > n.number)) THEN
    RAISE EXCEPTION 'notices: three stand' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notices_guard BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION notices_guard();
ALTER TABLE notices ENABLE ALWAYS TRIGGER notices_guard;

CREATE FUNCTION notice_proposals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1) THEN
    RAISE EXCEPTION 'notice_proposals: the member has left' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notice_proposals_guard BEFORE INSERT ON notice_proposals FOR EACH ROW EXECUTE FUNCTION notice_proposals_guard();
ALTER TABLE notice_proposals ENABLE ALWAYS TRIGGER notice_proposals_guard;

CREATE FUNCTION members_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended = 1 THEN
    DELETE FROM notice_proposals WHERE member_id = NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_notices AFTER UPDATE OF ended ON members FOR EACH ROW EXECUTE FUNCTION members_notices();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_notices;

-- A contest comes in waiting, is decided once by somebody not involved, and its
-- words go.
CREATE FUNCTION notice_contests_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'waiting'
    OR NOT EXISTS (SELECT 1 FROM notices WHERE notice_id = NEW.notice_id AND number = NEW.number AND desk_id = NEW.desk_id) THEN
    RAISE EXCEPTION 'notice_contests: a contest comes in waiting' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notice_contests_new BEFORE INSERT ON notice_contests FOR EACH ROW EXECUTE FUNCTION notice_contests_new();
ALTER TABLE notice_contests ENABLE ALWAYS TRIGGER notice_contests_new;

CREATE FUNCTION notice_contests_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'waiting' OR NEW.id <> OLD.id OR NEW.notice_id <> OLD.notice_id OR NEW.number <> OLD.number
    OR NEW.desk_id <> OLD.desk_id OR NEW.day <> OLD.day OR NEW.due <> OLD.due OR NEW.state = 'waiting' THEN
    RAISE EXCEPTION 'notice_contests: decided once' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.decided_by IS NOT NULL AND (
    EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND (ended = 1 OR role = 'editor'))
    OR (NEW.second_by IS NULL AND NEW.decided_by IN (SELECT proposed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT agreed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT member_id FROM notice_proposals WHERE notice_id = NEW.notice_id))
    OR (NEW.second_by IS NOT NULL AND (
      EXISTS (SELECT 1 FROM members m WHERE m.desk_id = NEW.desk_id AND m.ended = 0 AND m.role <> 'editor' AND m.id NOT IN (SELECT proposed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT agreed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT member_id FROM notice_proposals WHERE notice_id = NEW.notice_id))
      OR (NEW.outside = '' AND EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND role <> 'admin'))))) THEN
    RAISE EXCEPTION 'notice_contests: decided by somebody not involved' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notice_contests_move BEFORE UPDATE ON notice_contests FOR EACH ROW EXECUTE FUNCTION notice_contests_move();
ALTER TABLE notice_contests ENABLE ALWAYS TRIGGER notice_contests_move;

CREATE TRIGGER notice_contests_no_delete BEFORE DELETE ON notice_contests FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER notice_contests_no_truncate BEFORE TRUNCATE ON notice_contests FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE notice_contests ENABLE ALWAYS TRIGGER notice_contests_no_delete;
ALTER TABLE notice_contests ENABLE ALWAYS TRIGGER notice_contests_no_truncate;
