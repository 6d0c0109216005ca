-- Twenty copies a draft. Writers queue, so that two cannot count the same
-- nineteen.
CREATE FUNCTION copies_most() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM copies WHERE draft_id = NEW.draft_id) >= 20 THEN
    RAISE EXCEPTION 'copies: twenty for a draft' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER copies_most BEFORE INSERT ON copies FOR EACH ROW EXECUTE FUNCTION copies_most();
ALTER TABLE copies ENABLE ALWAYS TRIGGER copies_most;

-- A copy is filled once. After that its text can only go: because a member took
-- it out of a draft, or because it held a private person's data.
CREATE FUNCTION copies_filled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.draft_id <> OLD.draft_id OR NEW.url <> OLD.url OR NEW.page <> OLD.page OR NEW.way <> OLD.way
    OR NEW.asked <> OLD.asked OR NEW.day <> OLD.day
    OR NOT (
      OLD.state = 'wanted'
      OR (OLD.state = 'kept' AND NEW.state IN ('failed', 'erased') AND NEW.text = '' AND NEW.title = '' AND NEW.sha256 = OLD.sha256
        AND NEW.original = OLD.original AND NEW.size = OLD.size AND NEW.kept = OLD.kept AND NEW.media_type = OLD.media_type
        AND NEW.cut = OLD.cut AND NEW.archive_url = OLD.archive_url))
    OR (NEW.state = 'failed' AND EXISTS (SELECT 1 FROM version_copies WHERE copy_id = OLD.id)) THEN
    RAISE EXCEPTION 'copies: filled once' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER copies_filled_once BEFORE UPDATE ON copies FOR EACH ROW EXECUTE FUNCTION copies_filled_once();
ALTER TABLE copies ENABLE ALWAYS TRIGGER copies_filled_once;

CREATE FUNCTION copies_published_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM version_copies WHERE copy_id = OLD.id) THEN
    RAISE EXCEPTION 'copies: a published version rests on it' USING ERRCODE = 'SG001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER copies_published_stay BEFORE DELETE ON copies FOR EACH ROW EXECUTE FUNCTION copies_published_stay();
ALTER TABLE copies ENABLE ALWAYS TRIGGER copies_published_stay;

CREATE TRIGGER copies_no_truncate BEFORE TRUNCATE ON copies FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE copies ENABLE ALWAYS TRIGGER copies_no_truncate;

CREATE FUNCTION version_copies_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM copies c JOIN evidence e ON e.sha256 = c.sha256
    WHERE c.id = NEW.copy_id AND c.state = 'kept' AND c.sha256 <> ''
      AND e.check_id = NEW.check_id AND e.number = NEW.number AND e.position = NEW.position) THEN
    RAISE EXCEPTION 'version_copies: not the copy that was approved' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER version_copies_match BEFORE INSERT ON version_copies FOR EACH ROW EXECUTE FUNCTION version_copies_match();
ALTER TABLE version_copies ENABLE ALWAYS TRIGGER version_copies_match;

CREATE TRIGGER version_copies_append_only BEFORE UPDATE OR DELETE ON version_copies FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER version_copies_no_truncate BEFORE TRUNCATE ON version_copies FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE version_copies ENABLE ALWAYS TRIGGER version_copies_append_only;
ALTER TABLE version_copies ENABLE ALWAYS TRIGGER version_copies_no_truncate;
