-- A desk that has an administrator keeps one.
CREATE TRIGGER members_last_admin BEFORE UPDATE ON members
WHEN OLD.role = 'admin' AND OLD.ended = 0 AND (NEW.role <> 'admin' OR NEW.ended = 1)
  AND NOT EXISTS (SELECT 1 FROM members WHERE desk_id = OLD.desk_id AND id <> OLD.id AND role = 'admin' AND ended = 0)
BEGIN SELECT RAISE(ABORT, 'members: the last administrator'); END;

CREATE TRIGGER members_no_delete BEFORE DELETE ON members
BEGIN SELECT RAISE(ABORT, 'members: rows are never deleted'); END;

-- Whoever has left can do nothing from that moment on, whoever wrote the row.
CREATE TRIGGER members_end AFTER UPDATE OF ended ON members
WHEN NEW.ended = 1
BEGIN
  DELETE FROM sessions WHERE member_id = NEW.id;
  DELETE FROM enrolments WHERE member_id = NEW.id;
  DELETE FROM recoveries WHERE member_id = NEW.id OR asked_by = NEW.id;
  DELETE FROM credentials WHERE member_id = NEW.id;
  DELETE FROM passwords WHERE member_id = NEW.id;
  DELETE FROM identities WHERE member_id = NEW.id;
END;

CREATE TRIGGER sessions_serving BEFORE INSERT ON sessions
WHEN NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 0)
BEGIN SELECT RAISE(ABORT, 'sessions: the member has left'); END;

CREATE TRIGGER enrolments_serving BEFORE INSERT ON enrolments
WHEN NEW.member_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 0)
BEGIN SELECT RAISE(ABORT, 'enrolments: the member has left'); END;

-- A key belongs to one member for good; it may only be retired or end sooner.
CREATE TRIGGER approval_keys_keep BEFORE UPDATE ON approval_keys
WHEN NEW.id <> OLD.id OR NEW.member_id <> OLD.member_id OR NEW.public_key <> OLD.public_key OR NEW.made <> OLD.made
  OR NEW.good_from <> OLD.good_from OR NEW.good_until > OLD.good_until OR OLD.retired <> 0 AND NEW.retired <> OLD.retired
BEGIN SELECT RAISE(ABORT, 'approval_keys: a key is never changed'); END;

CREATE TRIGGER approval_keys_no_delete BEFORE DELETE ON approval_keys
BEGIN SELECT RAISE(ABORT, 'approval_keys: rows are never deleted'); END;

-- Once the desk has published, a new key waits 72 hours.
CREATE TRIGGER approval_keys_wait BEFORE INSERT ON approval_keys
WHEN EXISTS (SELECT 1 FROM approval_keys WHERE id = NEW.id)
  OR NEW.good_from < NEW.made + 259200000000
  AND EXISTS (SELECT 1 FROM members m JOIN checks c ON c.desk_id = m.desk_id JOIN versions v ON v.check_id = c.id
    WHERE m.id = NEW.member_id AND c.local = 1)
BEGIN SELECT RAISE(ABORT, 'approval_keys: a new key waits'); END;

-- What is published was approved with keys that were good that moment, each its
-- member's own. Members from before there were keys have none.
CREATE TRIGGER versions_keys BEFORE INSERT ON versions
WHEN EXISTS (SELECT 1 FROM approvals a WHERE a.check_id = NEW.check_id AND a.number = NEW.number
  AND EXISTS (SELECT 1 FROM approval_keys WHERE member_id = a.member_id AND made <= NEW.recorded)
  AND NOT EXISTS (SELECT 1 FROM approval_keys k WHERE k.id = a.key_id AND k.member_id = a.member_id
    AND k.good_from <= NEW.recorded AND NEW.recorded <= k.good_until AND (k.retired = 0 OR k.retired > NEW.recorded)))
BEGIN SELECT RAISE(ABORT, 'versions: a key is not good'); END;

CREATE TRIGGER member_acts_no_update BEFORE UPDATE ON member_acts
BEGIN SELECT RAISE(ABORT, 'member_acts: rows are never changed'); END;

CREATE TRIGGER member_acts_no_delete BEFORE DELETE ON member_acts
BEGIN SELECT RAISE(ABORT, 'member_acts: rows are never deleted'); END;

CREATE TRIGGER member_acts_next BEFORE INSERT ON member_acts
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM member_acts), 0)
BEGIN SELECT RAISE(ABORT, 'member_acts: not the next number'); END;
