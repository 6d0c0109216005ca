-- The guards of feeds, for PostgreSQL. What was followed, and since when, is in the
-- public record too.

-- A feed keeps its address and its days, and an end is an end.
CREATE FUNCTION feeds_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.url <> OLD.url OR NEW.mirror <> OLD.mirror OR NEW.added <> OLD.added OR OLD.removed <> 0 THEN
    RAISE EXCEPTION 'feeds: what was followed stays' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER feeds_stay BEFORE UPDATE ON feeds FOR EACH ROW EXECUTE FUNCTION feeds_stay();
ALTER TABLE feeds ENABLE ALWAYS TRIGGER feeds_stay;

CREATE TRIGGER feeds_no_delete BEFORE DELETE ON feeds FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER feeds_no_truncate BEFORE TRUNCATE ON feeds FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE feeds ENABLE ALWAYS TRIGGER feeds_no_delete;
ALTER TABLE feeds ENABLE ALWAYS TRIGGER feeds_no_truncate;

CREATE TRIGGER feed_items_no_delete BEFORE DELETE ON feed_items FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER feed_items_no_truncate BEFORE TRUNCATE ON feed_items FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE feed_items ENABLE ALWAYS TRIGGER feed_items_no_delete;
ALTER TABLE feed_items ENABLE ALWAYS TRIGGER feed_items_no_truncate;
