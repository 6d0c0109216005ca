-- The guards of feeds, for PostgreSQL.

CREATE TRIGGER feed_acts_append_only BEFORE UPDATE OR DELETE ON feed_acts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER feed_acts_no_truncate BEFORE TRUNCATE ON feed_acts FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE feed_acts ENABLE ALWAYS TRIGGER feed_acts_append_only;
ALTER TABLE feed_acts ENABLE ALWAYS TRIGGER feed_acts_no_truncate;

CREATE FUNCTION feed_acts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM feed_acts WHERE number = NEW.number) THEN
    RAISE EXCEPTION 'feed_acts: a row with this key exists' USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.number <> 1 + coalesce((SELECT max(number) FROM feed_acts), 0) THEN
    RAISE EXCEPTION 'feed_acts: not the next number' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER feed_acts_guard BEFORE INSERT ON feed_acts FOR EACH ROW EXECUTE FUNCTION feed_acts_guard();
ALTER TABLE feed_acts ENABLE ALWAYS TRIGGER feed_acts_guard;

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
