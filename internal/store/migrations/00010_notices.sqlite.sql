-- Versions of notices are append-only. The next number is what no row that
-- displaces another can have, so REPLACE is refused by it too.

CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices
BEGIN SELECT RAISE(ABORT, 'notices: rows are never changed'); END;

CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices
BEGIN SELECT RAISE(ABORT, 'notices: rows are never deleted'); END;

CREATE TRIGGER notices_next BEFORE INSERT ON notices
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM notices WHERE notice_id = NEW.notice_id), 0)
BEGIN SELECT RAISE(ABORT, 'notices: not the next number'); END;

CREATE TRIGGER notices_members BEFORE INSERT ON notices
WHEN EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'notices: the member has left'); END;

-- Times only go on, so that nobody makes room by dating a row back.
CREATE TRIGGER notices_order BEFORE INSERT ON notices
WHEN NEW.published < (SELECT max(published) FROM notices)
BEGIN SELECT RAISE(ABORT, 'notices: dated before another'); END;

-- A version follows one that stands, of the same desk and the same body.
CREATE TRIGGER notices_follow BEFORE INSERT ON notices
WHEN NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM notices WHERE notice_id = NEW.notice_id AND number = NEW.number - 1
  AND desk_id = NEW.desk_id AND source = NEW.source AND issued = NEW.issued AND act <> 'cancel' AND valid_until > NEW.published)
BEGIN SELECT RAISE(ABORT, 'notices: nothing stands that it could follow'); END;

CREATE TRIGGER notices_three BEFORE INSERT ON notices
WHEN NEW.number = 1 AND 3 <= (SELECT count(*) FROM notices n WHERE n.valid_until > NEW.published AND n.act <> 'cancel'
  AND NOT EXISTS (SELECT 1 FROM notices l WHERE l.notice_id = n.notice_id AND l.number > n.number))
BEGIN SELECT RAISE(ABORT, 'notices: three stand'); END;

CREATE TRIGGER notice_proposals_member BEFORE INSERT ON notice_proposals
WHEN EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'notice_proposals: the member has left'); END;

CREATE TRIGGER members_notices AFTER UPDATE OF ended ON members
WHEN NEW.ended = 1
BEGIN DELETE FROM notice_proposals WHERE member_id = NEW.id; END;

-- A contest comes in waiting, is decided once by somebody not involved, and its
-- words go.
CREATE TRIGGER notice_contests_new BEFORE INSERT ON notice_contests
WHEN NEW.state <> 'waiting' OR EXISTS (SELECT 1 FROM notice_contests WHERE id = NEW.id OR notice_id = NEW.notice_id AND text = NEW.text)
  OR NOT EXISTS (SELECT 1 FROM notices WHERE notice_id = NEW.notice_id AND number = NEW.number AND desk_id = NEW.desk_id)
BEGIN SELECT RAISE(ABORT, 'notice_contests: a contest comes in waiting'); END;

CREATE TRIGGER notice_contests_move BEFORE UPDATE ON notice_contests
WHEN OLD.state <> 'waiting' OR NEW.id <> OLD.id OR NEW.notice_id <> OLD.notice_id OR NEW.number <> OLD.number
  OR NEW.desk_id <> OLD.desk_id OR NEW.day <> OLD.day OR NEW.due <> OLD.due OR NEW.state = 'waiting'
BEGIN SELECT RAISE(ABORT, 'notice_contests: decided once'); END;

CREATE TRIGGER notice_contests_no_delete BEFORE DELETE ON notice_contests
BEGIN SELECT RAISE(ABORT, 'notice_contests: rows are never deleted'); END;

CREATE TRIGGER notice_contests_uninvolved BEFORE UPDATE ON notice_contests
WHEN NEW.decided_by IS NOT NULL AND (
  EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND (ended = 1 OR role = 'editor'))
  OR (NEW.second_by IS NULL AND NEW.decided_by IN (SELECT proposed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT agreed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT member_id FROM notice_proposals WHERE notice_id = NEW.notice_id))
  OR (NEW.second_by IS NOT NULL AND (
    EXISTS (SELECT 1 FROM members m WHERE m.desk_id = NEW.desk_id AND m.ended = 0 AND m.role <> 'editor' AND m.id NOT IN (SELECT proposed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT agreed_by FROM notices WHERE notice_id = NEW.notice_id
      UNION SELECT member_id FROM notice_proposals WHERE notice_id = NEW.notice_id))
    OR (NEW.outside = '' AND EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND role <> 'admin')))))
BEGIN SELECT RAISE(ABORT, 'notice_contests: decided by somebody not involved'); END;
