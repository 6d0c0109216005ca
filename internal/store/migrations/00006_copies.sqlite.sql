-- Twenty copies a draft. REPLACE takes no key of another: what is published is
-- held by version_copies, and what waits for the fetch by copies_no_replace.
CREATE TRIGGER copies_most BEFORE INSERT ON copies
WHEN (SELECT count(*) FROM copies WHERE draft_id = NEW.draft_id) >= 20
BEGIN SELECT RAISE(ABORT, 'copies: twenty for a draft'); END;

CREATE TRIGGER copies_no_replace BEFORE INSERT ON copies
WHEN EXISTS (SELECT 1 FROM copies WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'copies: a row with this key exists'); END;

-- A copy is filled once. After that its text can only go: because a member took
-- it out of a draft, or because it held a private person's data.
CREATE TRIGGER copies_filled_once BEFORE UPDATE ON copies
WHEN NEW.id <> OLD.id OR NEW.draft_id <> OLD.draft_id OR NEW.url <> OLD.url OR NEW.page <> OLD.page OR NEW.way <> OLD.way
  OR NEW.asked <> OLD.asked OR NEW.day <> OLD.day
  OR NOT (
    OLD.state = 'wanted'
    OR (OLD.state = 'kept' AND NEW.state IN ('failed', 'erased') AND NEW.text = '' AND NEW.title = '' AND NEW.sha256 = OLD.sha256
      AND NEW.original = OLD.original AND NEW.size = OLD.size AND NEW.kept = OLD.kept AND NEW.media_type = OLD.media_type
      AND NEW.cut = OLD.cut AND NEW.archive_url = OLD.archive_url))
  OR (NEW.state = 'failed' AND EXISTS (SELECT 1 FROM version_copies WHERE copy_id = OLD.id))
BEGIN SELECT RAISE(ABORT, 'copies: filled once'); END;

CREATE TRIGGER copies_published_stay BEFORE DELETE ON copies
WHEN EXISTS (SELECT 1 FROM version_copies WHERE copy_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'copies: a published version rests on it'); END;

CREATE TRIGGER version_copies_match BEFORE INSERT ON version_copies
WHEN NOT EXISTS (SELECT 1 FROM copies c JOIN evidence e ON e.sha256 = c.sha256
  WHERE c.id = NEW.copy_id AND c.state = 'kept' AND c.sha256 <> ''
    AND e.check_id = NEW.check_id AND e.number = NEW.number AND e.position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'version_copies: not the copy that was approved'); END;

CREATE TRIGGER version_copies_no_replace BEFORE INSERT ON version_copies
WHEN EXISTS (SELECT 1 FROM version_copies WHERE check_id = NEW.check_id AND number = NEW.number AND position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'version_copies: a row with this key exists'); END;

CREATE TRIGGER version_copies_no_update BEFORE UPDATE ON version_copies
BEGIN SELECT RAISE(ABORT, 'version_copies: rows are never changed'); END;

CREATE TRIGGER version_copies_no_delete BEFORE DELETE ON version_copies
BEGIN SELECT RAISE(ABORT, 'version_copies: rows are never deleted'); END;
