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
CREATE TRIGGER members_leave AFTER UPDATE OF ended ON members
WHEN NEW.ended = 1
BEGIN
  DELETE FROM introductions WHERE member_id = NEW.id;
  DELETE FROM proposals WHERE member_id = NEW.id;
END;
