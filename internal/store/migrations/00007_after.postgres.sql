-- The guards of pages, declarations and what follows a check, for PostgreSQL.

CREATE TRIGGER policies_append_only BEFORE UPDATE OR DELETE ON policies FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER policies_no_truncate BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_append_only;
ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_no_truncate;

CREATE TRIGGER declarations_append_only BEFORE UPDATE OR DELETE ON declarations FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER declarations_no_truncate BEFORE TRUNCATE ON declarations FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE declarations ENABLE ALWAYS TRIGGER declarations_append_only;
ALTER TABLE declarations ENABLE ALWAYS TRIGGER declarations_no_truncate;

CREATE FUNCTION policies_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM policies WHERE desk_id = NEW.desk_id AND kind = NEW.kind AND number = NEW.number) THEN
    RAISE EXCEPTION 'policies: a row with this key exists' USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM policies WHERE desk_id = NEW.desk_id AND kind = NEW.kind), 0) THEN
    RAISE EXCEPTION 'policies: not the next number' USING ERRCODE = 'SG001';
  END IF;
  IF EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1) THEN
    RAISE EXCEPTION 'policies: the member has left' USING ERRCODE = 'SG001';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.proposed_by AND role = 'admin') THEN
    RAISE EXCEPTION 'policies: an admin proposes' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policies_guard BEFORE INSERT ON policies FOR EACH ROW EXECUTE FUNCTION policies_guard();
ALTER TABLE policies ENABLE ALWAYS TRIGGER policies_guard;

CREATE FUNCTION declarations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM declarations WHERE desk_id = NEW.desk_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'declarations: a row with this key exists' USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM declarations WHERE desk_id = NEW.desk_id), 0) THEN
    RAISE EXCEPTION 'declarations: not the next number' USING ERRCODE = 'SG001';
  END IF;
  IF EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1) THEN
    RAISE EXCEPTION 'declarations: the member has left' USING ERRCODE = 'SG001';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.proposed_by AND role = 'admin') THEN
    RAISE EXCEPTION 'declarations: an admin proposes' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER declarations_guard BEFORE INSERT ON declarations FOR EACH ROW EXECUTE FUNCTION declarations_guard();
ALTER TABLE declarations ENABLE ALWAYS TRIGGER declarations_guard;

-- Once a local desk has published, what it declares changes only by a
-- declaration, which takes two keys.
CREATE FUNCTION desks_declared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.local = 1
    AND (NEW.owner <> OLD.owner OR NEW.owner_kind <> OLD.owner_kind OR NEW.funders <> OLD.funders OR NEW.funder_kind <> OLD.funder_kind)
    AND EXISTS (SELECT 1 FROM latest WHERE desk_id = OLD.id)
    AND NOT EXISTS (SELECT 1 FROM declarations d WHERE d.desk_id = OLD.id
      AND d.number = (SELECT max(number) FROM declarations WHERE desk_id = OLD.id)
      AND d.owner = NEW.owner AND d.owner_kind = NEW.owner_kind AND d.funders = NEW.funders AND d.funder_kind = NEW.funder_kind) THEN
    RAISE EXCEPTION 'desks: a declaration takes two keys' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER desks_declared BEFORE UPDATE ON desks FOR EACH ROW EXECUTE FUNCTION desks_declared();
ALTER TABLE desks ENABLE ALWAYS TRIGGER desks_declared;

CREATE FUNCTION introductions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1) THEN
    RAISE EXCEPTION 'introductions: the member has left' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER introductions_guard BEFORE INSERT ON introductions FOR EACH ROW EXECUTE FUNCTION introductions_guard();
ALTER TABLE introductions ENABLE ALWAYS TRIGGER introductions_guard;

-- Who leaves is named no longer.
CREATE FUNCTION members_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended = 1 THEN
    DELETE FROM introductions WHERE member_id = NEW.id;
    DELETE FROM proposals WHERE member_id = NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_after AFTER UPDATE OF ended ON members FOR EACH ROW EXECUTE FUNCTION members_after();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_after;

-- A contest comes in waiting, is decided once, and then only forgets.
CREATE FUNCTION contests_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'waiting' OR NEW.receipt_mac IS NULL OR NEW.text_mac IS NULL
    OR NOT EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number) THEN
    RAISE EXCEPTION 'contests: a contest comes in waiting' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contests_new BEFORE INSERT ON contests FOR EACH ROW EXECUTE FUNCTION contests_new();
ALTER TABLE contests ENABLE ALWAYS TRIGGER contests_new;

CREATE FUNCTION contests_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.check_id <> OLD.check_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
    OR NEW.day <> OLD.day OR NEW.due <> OLD.due OR NEW.joined_to IS DISTINCT FROM OLD.joined_to
    OR (NEW.receipt_mac IS NOT NULL AND NEW.receipt_mac IS DISTINCT FROM OLD.receipt_mac)
    OR (NEW.text_mac IS NOT NULL AND NEW.text_mac IS DISTINCT FROM OLD.text_mac)
    OR (NEW.text <> '' AND NEW.text <> OLD.text)
    OR (OLD.state <> 'waiting' AND (NEW.state <> OLD.state OR NEW.decided <> OLD.decided OR NEW.answer <> OLD.answer
      OR NEW.answer_lang <> OLD.answer_lang OR NEW.outside <> OLD.outside OR NEW.decided_by IS DISTINCT FROM OLD.decided_by
      OR NEW.decided_key <> OLD.decided_key OR NEW.second_by IS DISTINCT FROM OLD.second_by OR NEW.second_key <> OLD.second_key)) THEN
    RAISE EXCEPTION 'contests: decided once, and then only forgotten' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.decided_by IS NOT NULL AND OLD.decided_by IS NULL AND (
    EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND (ended = 1 OR role = 'editor'))
    OR (NEW.second_by IS NULL AND NEW.decided_by IN (SELECT author FROM versions WHERE check_id = NEW.check_id AND author IS NOT NULL
      UNION SELECT last_editor FROM versions WHERE check_id = NEW.check_id AND last_editor IS NOT NULL
      UNION SELECT member_id FROM approvals WHERE check_id = NEW.check_id
      UNION SELECT author FROM drafts WHERE check_id = NEW.check_id
      UNION SELECT last_editor FROM drafts WHERE check_id = NEW.check_id
      UNION SELECT a.member_id FROM draft_approvals a JOIN drafts d ON d.id = a.draft_id WHERE d.check_id = NEW.check_id))
    OR (NEW.second_by IS NOT NULL AND (
      EXISTS (SELECT 1 FROM members m WHERE m.desk_id = NEW.desk_id AND m.ended = 0 AND m.role <> 'editor' AND m.id NOT IN (SELECT author FROM versions WHERE check_id = NEW.check_id AND author IS NOT NULL
      UNION SELECT last_editor FROM versions WHERE check_id = NEW.check_id AND last_editor IS NOT NULL
      UNION SELECT member_id FROM approvals WHERE check_id = NEW.check_id
      UNION SELECT author FROM drafts WHERE check_id = NEW.check_id
      UNION SELECT last_editor FROM drafts WHERE check_id = NEW.check_id
      UNION SELECT a.member_id FROM draft_approvals a JOIN drafts d ON d.id = a.draft_id WHERE d.check_id = NEW.check_id))
      OR (NEW.outside = '' AND EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND role <> 'admin'))))) THEN
    RAISE EXCEPTION 'contests: decided by somebody not involved' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contests_move BEFORE UPDATE ON contests FOR EACH ROW EXECUTE FUNCTION contests_move();
ALTER TABLE contests ENABLE ALWAYS TRIGGER contests_move;

CREATE FUNCTION contests_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    RAISE EXCEPTION 'contests: what was decided stays' USING ERRCODE = 'SG001';
  END IF;
  IF OLD.state <> 'waiting' THEN
    RAISE EXCEPTION 'contests: what was decided stays' USING ERRCODE = 'SG001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER contests_no_delete BEFORE DELETE ON contests FOR EACH ROW EXECUTE FUNCTION contests_kept();
CREATE TRIGGER contests_no_truncate BEFORE TRUNCATE ON contests FOR EACH STATEMENT EXECUTE FUNCTION contests_kept();
ALTER TABLE contests ENABLE ALWAYS TRIGGER contests_no_delete;
ALTER TABLE contests ENABLE ALWAYS TRIGGER contests_no_truncate;

-- A reply is shown as it came: only a contest that was accepted makes one, in
-- the transaction that accepts it, and nothing edits it.
CREATE FUNCTION replies_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.erased <> 0 OR NOT EXISTS (SELECT 1 FROM contests
      WHERE id = NEW.id AND check_id = NEW.check_id AND kind = 'reply' AND state = 'waiting' AND text = NEW.text) THEN
      RAISE EXCEPTION 'replies: a reply is what was sent' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.erased <> 0 OR NEW.text <> '' OR NEW.id <> OLD.id OR NEW.check_id <> OLD.check_id OR NEW.day <> OLD.day
    OR NEW.accepted_by <> OLD.accepted_by OR NEW.accepted_key <> OLD.accepted_key
    OR EXISTS (SELECT 1 FROM members WHERE id IN (NEW.erased_by, NEW.second_by) AND ended = 1) THEN
    RAISE EXCEPTION 'replies: never edited' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER replies_guard BEFORE INSERT OR UPDATE ON replies FOR EACH ROW EXECUTE FUNCTION replies_guard();
CREATE TRIGGER replies_no_delete BEFORE DELETE ON replies FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER replies_no_truncate BEFORE TRUNCATE ON replies FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE replies ENABLE ALWAYS TRIGGER replies_guard;
ALTER TABLE replies ENABLE ALWAYS TRIGGER replies_no_delete;
ALTER TABLE replies ENABLE ALWAYS TRIGGER replies_no_truncate;

CREATE TRIGGER asides_append_only BEFORE UPDATE OR DELETE ON asides FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER asides_no_truncate BEFORE TRUNCATE ON asides FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE asides ENABLE ALWAYS TRIGGER asides_append_only;
ALTER TABLE asides ENABLE ALWAYS TRIGGER asides_no_truncate;

CREATE FUNCTION asides_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM asides WHERE check_id = NEW.check_id AND other_id = NEW.other_id), 0)
    OR EXISTS (SELECT 1 FROM members WHERE id IN (NEW.member_id, NEW.second_by) AND ended = 1) THEN
    RAISE EXCEPTION 'asides: not the next number, or the member has left' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER asides_next BEFORE INSERT ON asides FOR EACH ROW EXECUTE FUNCTION asides_next();
ALTER TABLE asides ENABLE ALWAYS TRIGGER asides_next;
