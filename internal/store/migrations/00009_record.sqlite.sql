-- An entry is the next one or none; nothing of it ever changes.
CREATE TRIGGER leaves_next BEFORE INSERT ON leaves
WHEN NEW.idx <> (SELECT 1 + coalesce(max(idx), -1) FROM leaves)
BEGIN SELECT RAISE(ABORT, 'leaves: not the next entry'); END;

CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves: rows are never changed'); END;

CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves: rows are never deleted'); END;

-- Content comes with its leaf, before the next one, and goes only where its
-- words were erased; so what went cannot be put back, nor other words in its place.
CREATE TRIGGER leaf_contents_born BEFORE INSERT ON leaf_contents
WHEN NEW.idx <> (SELECT coalesce(max(idx), -1) FROM leaves) OR EXISTS (SELECT 1 FROM leaf_contents WHERE idx = NEW.idx)
BEGIN SELECT RAISE(ABORT, 'leaf_contents: content comes with its leaf'); END;

CREATE TRIGGER leaf_contents_no_update BEFORE UPDATE ON leaf_contents
BEGIN SELECT RAISE(ABORT, 'leaf_contents: rows are never changed'); END;

CREATE TRIGGER leaf_contents_erased BEFORE DELETE ON leaf_contents
WHEN NOT EXISTS (SELECT 1 FROM versions WHERE check_id = OLD.check_id AND number > OLD.rev AND act = 'erase_personal')
BEGIN SELECT RAISE(ABORT, 'leaf_contents: only what was erased goes'); END;
