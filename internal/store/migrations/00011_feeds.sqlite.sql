-- The guards of feeds. What was followed, and since when, is in the public record too.

-- A feed keeps its address and its days, and an end is an end.
CREATE TRIGGER feeds_stay BEFORE UPDATE ON feeds
WHEN NEW.id <> OLD.id OR NEW.url <> OLD.url OR NEW.mirror <> OLD.mirror OR NEW.added <> OLD.added OR OLD.removed <> 0
BEGIN SELECT RAISE(ABORT, 'feeds: what was followed stays'); END;

CREATE TRIGGER feeds_no_delete BEFORE DELETE ON feeds
BEGIN SELECT RAISE(ABORT, 'feeds: rows are never deleted'); END;

CREATE TRIGGER feeds_once BEFORE INSERT ON feeds
WHEN EXISTS (SELECT 1 FROM feeds WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'feeds: a row with this key exists'); END;

CREATE TRIGGER feed_items_no_delete BEFORE DELETE ON feed_items
BEGIN SELECT RAISE(ABORT, 'feed_items: rows are never deleted'); END;
