-- An entry is the next one or none; nothing of it ever changes.
CREATE FUNCTION leaves_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.idx <> (SELECT 1 + coalesce(max(idx), -1) FROM leaves) THEN
    RAISE EXCEPTION 'leaves: not the next entry' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leaves_next BEFORE INSERT ON leaves FOR EACH ROW EXECUTE FUNCTION leaves_next();
CREATE TRIGGER leaves_append_only BEFORE UPDATE OR DELETE ON leaves FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER leaves_no_truncate BEFORE TRUNCATE ON leaves FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE leaves ENABLE ALWAYS TRIGGER leaves_next;
ALTER TABLE leaves ENABLE ALWAYS TRIGGER leaves_append_only;
ALTER TABLE leaves ENABLE ALWAYS TRIGGER leaves_no_truncate;

-- Content comes with its leaf, before the next one, and goes only where its
-- words were erased; so what went cannot be put back, nor other words in its place.
CREATE FUNCTION leaf_contents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.idx <> (SELECT coalesce(max(idx), -1) FROM leaves) THEN
      RAISE EXCEPTION 'leaf_contents: content comes with its leaf' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM versions WHERE check_id = OLD.check_id AND number > OLD.rev AND act = 'erase_personal') THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'leaf_contents: rows are never changed, and only what was erased goes' USING ERRCODE = 'SG001';
END $$;
CREATE TRIGGER leaf_contents_guard BEFORE INSERT OR UPDATE OR DELETE ON leaf_contents FOR EACH ROW EXECUTE FUNCTION leaf_contents_guard();
CREATE TRIGGER leaf_contents_no_truncate BEFORE TRUNCATE ON leaf_contents FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE leaf_contents ENABLE ALWAYS TRIGGER leaf_contents_guard;
ALTER TABLE leaf_contents ENABLE ALWAYS TRIGGER leaf_contents_no_truncate;
