-- A desk that has an administrator keeps one.
CREATE FUNCTION members_last_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.role = 'admin' AND OLD.ended = 0 AND (NEW.role <> 'admin' OR NEW.ended = 1)
    AND NOT EXISTS (SELECT 1 FROM members WHERE desk_id = OLD.desk_id AND id <> OLD.id AND role = 'admin' AND ended = 0) THEN
    RAISE EXCEPTION 'members: the last administrator' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER members_last_admin BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION members_last_admin();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_last_admin;

CREATE TRIGGER members_no_delete BEFORE DELETE ON members FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_no_delete;

-- Whoever has left can do nothing from that moment on, whoever wrote the row.
CREATE FUNCTION members_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended = 1 THEN
    DELETE FROM sessions WHERE member_id = NEW.id;
    DELETE FROM enrolments WHERE member_id = NEW.id;
    DELETE FROM recoveries WHERE member_id = NEW.id OR asked_by = NEW.id;
    DELETE FROM credentials WHERE member_id = NEW.id;
    DELETE FROM passwords WHERE member_id = NEW.id;
    DELETE FROM identities WHERE member_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER members_end AFTER UPDATE OF ended ON members FOR EACH ROW EXECUTE FUNCTION members_end();
ALTER TABLE members ENABLE ALWAYS TRIGGER members_end;

CREATE FUNCTION member_serving() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.member_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 0) THEN
    RAISE EXCEPTION '%: the member has left', TG_TABLE_NAME USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sessions_serving BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION member_serving();
ALTER TABLE sessions ENABLE ALWAYS TRIGGER sessions_serving;
CREATE TRIGGER enrolments_serving BEFORE INSERT ON enrolments FOR EACH ROW EXECUTE FUNCTION member_serving();
ALTER TABLE enrolments ENABLE ALWAYS TRIGGER enrolments_serving;

-- A key belongs to one member for good; it may only be retired or end sooner.
CREATE FUNCTION approval_keys_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.member_id <> OLD.member_id OR NEW.public_key <> OLD.public_key OR NEW.made <> OLD.made
    OR NEW.good_from <> OLD.good_from OR NEW.good_until > OLD.good_until OR OLD.retired <> 0 AND NEW.retired <> OLD.retired THEN
    RAISE EXCEPTION 'approval_keys: a key is never changed' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approval_keys_keep BEFORE UPDATE ON approval_keys FOR EACH ROW EXECUTE FUNCTION approval_keys_keep();
ALTER TABLE approval_keys ENABLE ALWAYS TRIGGER approval_keys_keep;
CREATE TRIGGER approval_keys_no_delete BEFORE DELETE ON approval_keys FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE approval_keys ENABLE ALWAYS TRIGGER approval_keys_no_delete;
CREATE TRIGGER approval_keys_no_truncate BEFORE TRUNCATE ON approval_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE approval_keys ENABLE ALWAYS TRIGGER approval_keys_no_truncate;

-- Once the desk has published, a new key waits 72 hours.
CREATE FUNCTION approval_keys_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.good_from < NEW.made + 259200000000
    AND EXISTS (SELECT 1 FROM members m JOIN checks c ON c.desk_id = m.desk_id JOIN versions v ON v.check_id = c.id
      WHERE m.id = NEW.member_id AND c.local = 1) THEN
    RAISE EXCEPTION 'approval_keys: a new key waits' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approval_keys_wait BEFORE INSERT ON approval_keys FOR EACH ROW EXECUTE FUNCTION approval_keys_wait();
ALTER TABLE approval_keys ENABLE ALWAYS TRIGGER approval_keys_wait;

-- What is published was approved with keys that were good that moment, each its
-- member's own. Members from before there were keys have none.
CREATE FUNCTION versions_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM approvals a WHERE a.check_id = NEW.check_id AND a.number = NEW.number
    AND EXISTS (SELECT 1 FROM approval_keys WHERE member_id = a.member_id AND made <= NEW.recorded)
    AND NOT EXISTS (SELECT 1 FROM approval_keys k WHERE k.id = a.key_id AND k.member_id = a.member_id
      AND k.good_from <= NEW.recorded AND NEW.recorded <= k.good_until AND (k.retired = 0 OR k.retired > NEW.recorded))) THEN
    RAISE EXCEPTION 'versions: a key is not good' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER versions_keys BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION versions_keys();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_keys;

CREATE TRIGGER member_acts_append_only BEFORE UPDATE OR DELETE ON member_acts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER member_acts_no_truncate BEFORE TRUNCATE ON member_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE member_acts ENABLE ALWAYS TRIGGER member_acts_append_only;
ALTER TABLE member_acts ENABLE ALWAYS TRIGGER member_acts_no_truncate;

CREATE FUNCTION member_acts_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> 1 + coalesce((SELECT max(seq) FROM member_acts), 0) THEN
    RAISE EXCEPTION 'member_acts: not the next number' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER member_acts_next BEFORE INSERT ON member_acts FOR EACH ROW EXECUTE FUNCTION member_acts_next();
ALTER TABLE member_acts ENABLE ALWAYS TRIGGER member_acts_next;
