-- See the notes beside the same guards for SQLite.

CREATE OR REPLACE FUNCTION versions_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ((EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject = OLD.check_id AND l.rev > OLD.number AND l.kind = 'erase_personal'))
  AND NEW.claim = '' AND NEW.title = '' AND NEW.summary = '' AND NEW.body = '' AND NEW.todo = '' AND NEW.note = ''
  AND NEW.one_source = '' AND NEW.sought = '' AND NEW.reply_note = '' AND NEW.erased = 1
  AND NEW.check_id IS NOT DISTINCT FROM OLD.check_id AND NEW.number IS NOT DISTINCT FROM OLD.number
  AND NEW.desk_id IS NOT DISTINCT FROM OLD.desk_id AND NEW.local IS NOT DISTINCT FROM OLD.local
  AND NEW.desk_power IS NOT DISTINCT FROM OLD.desk_power AND NEW.act IS NOT DISTINCT FROM OLD.act
  AND NEW.kind IS NOT DISTINCT FROM OLD.kind AND NEW.about_power IS NOT DISTINCT FROM OLD.about_power
  AND NEW.claimant_kind IS NOT DISTINCT FROM OLD.claimant_kind AND NEW.verdict IS NOT DISTINCT FROM OLD.verdict
  AND NEW.not_rated_kind IS NOT DISTINCT FROM OLD.not_rated_kind AND NEW.rating IS NOT DISTINCT FROM OLD.rating
  AND NEW.no_verdict_rating IS NOT DISTINCT FROM OLD.no_verdict_rating
  AND NEW.topic IS NOT DISTINCT FROM OLD.topic AND NEW.link_only IS NOT DISTINCT FROM OLD.link_only
  AND NEW.reason IS NOT DISTINCT FROM OLD.reason AND NEW.published IS NOT DISTINCT FROM OLD.published
  AND NEW.as_of IS NOT DISTINCT FROM OLD.as_of AND NEW.author IS NOT DISTINCT FROM OLD.author
  AND NEW.revision IS NOT DISTINCT FROM OLD.revision AND NEW.approver_1 IS NOT DISTINCT FROM OLD.approver_1
  AND NEW.approver_2 IS NOT DISTINCT FROM OLD.approver_2
  AND NEW.evidence_count IS NOT DISTINCT FROM OLD.evidence_count
  AND NEW.recorded IS NOT DISTINCT FROM OLD.recorded AND NEW.last_editor IS NOT DISTINCT FROM OLD.last_editor
  AND NEW.approver_3 IS NOT DISTINCT FROM OLD.approver_3 AND NEW.blind_kind IS NOT DISTINCT FROM OLD.blind_kind
  AND NEW.blind_power IS NOT DISTINCT FROM OLD.blind_power AND NEW.disputed IS NOT DISTINCT FROM OLD.disputed
  AND NEW.reply IS NOT DISTINCT FROM OLD.reply AND NEW.emergency IS NOT DISTINCT FROM OLD.emergency
  AND NEW.review IS NOT DISTINCT FROM OLD.review AND NEW.order_body IS NOT DISTINCT FROM OLD.order_body
  AND NEW.order_date IS NOT DISTINCT FROM OLD.order_date AND NEW.order_law IS NOT DISTINCT FROM OLD.order_law
  AND NEW.order_digest IS NOT DISTINCT FROM OLD.order_digest
  AND NEW.order_lapses IS NOT DISTINCT FROM OLD.order_lapses AND NEW.method IS NOT DISTINCT FROM OLD.method AND NEW.gone IS NOT DISTINCT FROM OLD.gone) THEN
    RAISE EXCEPTION 'versions: rows are never changed' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION evidence_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ((EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject = OLD.check_id AND l.rev > OLD.number AND l.kind = 'erase_personal'))
  AND NEW.url = '' AND NEW.title = '' AND NEW.publisher = '' AND NEW.owner_group = '' AND NEW.quote = ''
  AND NEW.locator = '' AND NEW.archive_url = '' AND NEW.sha256 = ''
  AND NEW.check_id IS NOT DISTINCT FROM OLD.check_id AND NEW.number IS NOT DISTINCT FROM OLD.number
  AND NEW.position IS NOT DISTINCT FROM OLD.position AND NEW.stance IS NOT DISTINCT FROM OLD.stance
  AND NEW.dated IS NOT DISTINCT FROM OLD.dated AND NEW.archived IS NOT DISTINCT FROM OLD.archived
  AND NEW.by_whom IS NOT DISTINCT FROM OLD.by_whom) THEN
    RAISE EXCEPTION 'evidence: rows are never changed' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION leaf_contents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  gone BOOLEAN;
BEGIN
  IF TG_OP = 'INSERT' THEN
    gone := NEW.check_id <> '' AND (
      EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number > NEW.rev AND act = 'erase_personal')
      OR EXISTS (SELECT 1 FROM leaves WHERE subject = NEW.check_id AND rev > NEW.rev AND kind = 'erase_personal'));
    IF gone OR EXISTS (SELECT 1 FROM leaf_contents WHERE idx = NEW.idx)
      OR NOT EXISTS (SELECT 1 FROM leaves WHERE idx = NEW.idx AND rev = NEW.rev AND (subject = NEW.check_id OR NEW.check_id = '' AND kind = 'policy')) THEN
      RAISE EXCEPTION 'leaf_contents: content comes once, and not after it was erased' USING ERRCODE = 'SG001';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND (EXISTS (SELECT 1 FROM versions WHERE check_id = OLD.check_id AND number > OLD.rev AND act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves WHERE subject = OLD.check_id AND rev > OLD.rev AND kind = 'erase_personal')) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'leaf_contents: rows are never changed, and only what was erased goes' USING ERRCODE = 'SG001';
END $$;
