-- Pages and declarations are append-only. The next number is what no row that
-- displaces another can have, so REPLACE is refused by it too.

CREATE TRIGGER policies_no_update BEFORE UPDATE ON policies
BEGIN SELECT RAISE(ABORT, 'policies: rows are never changed'); END;

CREATE TRIGGER policies_no_delete BEFORE DELETE ON policies
BEGIN SELECT RAISE(ABORT, 'policies: rows are never deleted'); END;

CREATE TRIGGER policies_next BEFORE INSERT ON policies
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM policies WHERE desk_id = NEW.desk_id AND kind = NEW.kind), 0)
BEGIN SELECT RAISE(ABORT, 'policies: not the next number'); END;

CREATE TRIGGER policies_members BEFORE INSERT ON policies
WHEN EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'policies: the member has left'); END;

CREATE TRIGGER policies_admin BEFORE INSERT ON policies
WHEN NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.proposed_by AND role = 'admin')
BEGIN SELECT RAISE(ABORT, 'policies: an admin proposes'); END;

CREATE TRIGGER declarations_no_update BEFORE UPDATE ON declarations
BEGIN SELECT RAISE(ABORT, 'declarations: rows are never changed'); END;

CREATE TRIGGER declarations_no_delete BEFORE DELETE ON declarations
BEGIN SELECT RAISE(ABORT, 'declarations: rows are never deleted'); END;

CREATE TRIGGER declarations_next BEFORE INSERT ON declarations
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM declarations WHERE desk_id = NEW.desk_id), 0)
BEGIN SELECT RAISE(ABORT, 'declarations: not the next number'); END;

CREATE TRIGGER declarations_members BEFORE INSERT ON declarations
WHEN EXISTS (SELECT 1 FROM members WHERE id IN (NEW.proposed_by, NEW.agreed_by) AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'declarations: the member has left'); END;

CREATE TRIGGER declarations_admin BEFORE INSERT ON declarations
WHEN NOT EXISTS (SELECT 1 FROM members WHERE id = NEW.proposed_by AND role = 'admin')
BEGIN SELECT RAISE(ABORT, 'declarations: an admin proposes'); END;

-- Once a local desk has published, what it declares changes only by a
-- declaration, which takes two keys.
CREATE TRIGGER desks_declared BEFORE UPDATE OF owner, owner_kind, funders, funder_kind ON desks
WHEN OLD.local = 1
  AND (NEW.owner <> OLD.owner OR NEW.owner_kind <> OLD.owner_kind OR NEW.funders <> OLD.funders OR NEW.funder_kind <> OLD.funder_kind)
  AND EXISTS (SELECT 1 FROM latest WHERE desk_id = OLD.id)
  AND NOT EXISTS (SELECT 1 FROM declarations d WHERE d.desk_id = OLD.id
    AND d.number = (SELECT max(number) FROM declarations WHERE desk_id = OLD.id)
    AND d.owner = NEW.owner AND d.owner_kind = NEW.owner_kind AND d.funders = NEW.funders AND d.funder_kind = NEW.funder_kind)
BEGIN SELECT RAISE(ABORT, 'desks: a declaration takes two keys'); END;

CREATE TRIGGER introductions_member BEFORE INSERT ON introductions
WHEN EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'introductions: the member has left'); END;

-- Who leaves is named no longer.
CREATE TRIGGER members_after AFTER UPDATE OF ended ON members
WHEN NEW.ended = 1
BEGIN
  DELETE FROM introductions WHERE member_id = NEW.id;
  DELETE FROM proposals WHERE member_id = NEW.id;
END;

-- A contest comes in waiting, is decided once, and then only forgets.
CREATE TRIGGER contests_new BEFORE INSERT ON contests
WHEN NEW.state <> 'waiting' OR EXISTS (SELECT 1 FROM contests WHERE id = NEW.id)
  OR NEW.receipt_mac IS NULL OR NEW.text_mac IS NULL
  OR NOT EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'contests: a contest comes in waiting'); END;

CREATE TRIGGER contests_move BEFORE UPDATE ON contests
WHEN NEW.id <> OLD.id OR NEW.check_id <> OLD.check_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
  OR NEW.day <> OLD.day OR NEW.due <> OLD.due OR NEW.joined_to IS NOT OLD.joined_to
  OR (NEW.receipt_mac IS NOT NULL AND NEW.receipt_mac IS NOT OLD.receipt_mac)
  OR (NEW.text_mac IS NOT NULL AND NEW.text_mac IS NOT OLD.text_mac)
  OR (NEW.text <> '' AND NEW.text <> OLD.text)
  OR (OLD.state <> 'waiting' AND (NEW.state <> OLD.state OR NEW.decided <> OLD.decided OR NEW.answer <> OLD.answer
    OR NEW.answer_lang <> OLD.answer_lang OR NEW.outside <> OLD.outside OR NEW.decided_by IS NOT OLD.decided_by
    OR NEW.decided_key <> OLD.decided_key OR NEW.second_by IS NOT OLD.second_by OR NEW.second_key <> OLD.second_key))
BEGIN SELECT RAISE(ABORT, 'contests: decided once, and then only forgotten'); END;

CREATE TRIGGER contests_no_delete BEFORE DELETE ON contests
WHEN OLD.state <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'contests: what was decided stays'); END;

-- Somebody who had no part in the check decides; only where there is nobody
-- such do two decide, who are admins or name a person outside.
CREATE TRIGGER contests_uninvolved BEFORE UPDATE ON contests
WHEN NEW.decided_by IS NOT NULL AND OLD.decided_by IS NULL AND (
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
    OR (NEW.outside = '' AND EXISTS (SELECT 1 FROM members WHERE id IN (NEW.decided_by, NEW.second_by) AND role <> 'admin')))))
BEGIN SELECT RAISE(ABORT, 'contests: decided by somebody not involved'); END;

-- A reply is shown as it came: only a contest that was accepted makes one, in
-- the transaction that accepts it, and nothing edits it.
CREATE TRIGGER replies_new BEFORE INSERT ON replies
WHEN NEW.erased <> 0 OR EXISTS (SELECT 1 FROM replies WHERE id = NEW.id)
  OR NOT EXISTS (SELECT 1 FROM contests WHERE id = NEW.id AND check_id = NEW.check_id AND kind = 'reply' AND state = 'waiting' AND text = NEW.text)
BEGIN SELECT RAISE(ABORT, 'replies: a reply is what was sent'); END;

CREATE TRIGGER replies_erase BEFORE UPDATE ON replies
WHEN OLD.erased <> 0 OR NEW.text <> '' OR NEW.id <> OLD.id OR NEW.check_id <> OLD.check_id OR NEW.day <> OLD.day
  OR NEW.accepted_by <> OLD.accepted_by OR NEW.accepted_key <> OLD.accepted_key
  OR EXISTS (SELECT 1 FROM members WHERE id IN (NEW.erased_by, NEW.second_by) AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'replies: never edited'); END;

CREATE TRIGGER replies_no_delete BEFORE DELETE ON replies
BEGIN SELECT RAISE(ABORT, 'replies: rows are never deleted'); END;

CREATE TRIGGER asides_no_update BEFORE UPDATE ON asides
BEGIN SELECT RAISE(ABORT, 'asides: rows are never changed'); END;

CREATE TRIGGER asides_no_delete BEFORE DELETE ON asides
BEGIN SELECT RAISE(ABORT, 'asides: rows are never deleted'); END;

CREATE TRIGGER asides_next BEFORE INSERT ON asides
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM asides WHERE check_id = NEW.check_id AND other_id = NEW.other_id), 0)
  OR EXISTS (SELECT 1 FROM members WHERE id IN (NEW.member_id, NEW.second_by) AND ended = 1)
BEGIN SELECT RAISE(ABORT, 'asides: not the next number, or the member has left'); END;
