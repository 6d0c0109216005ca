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
CREATE FUNCTION members_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended = 1 THEN
    DELETE FROM introductions WHERE member_id = NEW.id;
    DELETE FROM proposals WHERE member_id = NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_leave AFTER UPDATE OF ended ON members FOR EACH ROW EXECUTE FUNCTION members_leave();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_leave;
