-- A published row never changes, but for one act: a later erase_personal, of which
-- there is a version or at least the entry, takes the wording out of the versions
-- before it. Everything else of them stays.
DROP TRIGGER versions_no_update;
CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions
WHEN NOT ((EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject = OLD.check_id AND l.rev > OLD.number AND l.kind = 'erase_personal'))
  AND NEW.claim = '' AND NEW.title = '' AND NEW.summary = '' AND NEW.body = '' AND NEW.todo = '' AND NEW.note = ''
  AND NEW.one_source = '' AND NEW.sought = '' AND NEW.reply_note = '' AND NEW.erased = 1
  AND NEW.check_id IS OLD.check_id AND NEW.number IS OLD.number AND NEW.desk_id IS OLD.desk_id
  AND NEW.local IS OLD.local AND NEW.desk_power IS OLD.desk_power AND NEW.act IS OLD.act
  AND NEW.kind IS OLD.kind AND NEW.about_power IS OLD.about_power AND NEW.claimant_kind IS OLD.claimant_kind
  AND NEW.verdict IS OLD.verdict AND NEW.not_rated_kind IS OLD.not_rated_kind AND NEW.rating IS OLD.rating
  AND NEW.no_verdict_rating IS OLD.no_verdict_rating AND NEW.topic IS OLD.topic
  AND NEW.link_only IS OLD.link_only AND NEW.reason IS OLD.reason AND NEW.published IS OLD.published
  AND NEW.as_of IS OLD.as_of AND NEW.author IS OLD.author AND NEW.revision IS OLD.revision
  AND NEW.approver_1 IS OLD.approver_1 AND NEW.approver_2 IS OLD.approver_2
  AND NEW.evidence_count IS OLD.evidence_count AND NEW.recorded IS OLD.recorded
  AND NEW.last_editor IS OLD.last_editor AND NEW.approver_3 IS OLD.approver_3
  AND NEW.blind_kind IS OLD.blind_kind AND NEW.blind_power IS OLD.blind_power AND NEW.disputed IS OLD.disputed
  AND NEW.reply IS OLD.reply AND NEW.emergency IS OLD.emergency AND NEW.review IS OLD.review
  AND NEW.order_body IS OLD.order_body AND NEW.order_date IS OLD.order_date AND NEW.order_law IS OLD.order_law
  AND NEW.order_digest IS OLD.order_digest AND NEW.order_lapses IS OLD.order_lapses AND NEW.method IS OLD.method AND NEW.gone IS OLD.gone)
BEGIN SELECT RAISE(ABORT, 'versions: rows are never changed'); END;

DROP TRIGGER evidence_no_update;
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
WHEN NOT ((EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves l WHERE l.subject = OLD.check_id AND l.rev > OLD.number AND l.kind = 'erase_personal'))
  AND NEW.url = '' AND NEW.title = '' AND NEW.publisher = '' AND NEW.owner_group = '' AND NEW.quote = ''
  AND NEW.locator = '' AND NEW.archive_url = '' AND NEW.sha256 = ''
  AND NEW.check_id IS OLD.check_id AND NEW.number IS OLD.number AND NEW.position IS OLD.position
  AND NEW.stance IS OLD.stance AND NEW.dated IS OLD.dated AND NEW.archived IS OLD.archived
  AND NEW.by_whom IS OLD.by_whom)
BEGIN SELECT RAISE(ABORT, 'evidence: rows are never changed'); END;

-- Content goes only where its words were erased, and is never changed. It may come
-- after its leaf, once, unless the words were erased.
DROP TRIGGER leaf_contents_born;
CREATE TRIGGER leaf_contents_born BEFORE INSERT ON leaf_contents
WHEN EXISTS (SELECT 1 FROM leaf_contents WHERE idx = NEW.idx)
  OR NOT EXISTS (SELECT 1 FROM leaves WHERE idx = NEW.idx AND rev = NEW.rev AND (subject = NEW.check_id OR NEW.check_id = '' AND kind = 'policy'))
  OR NEW.check_id <> '' AND (
    EXISTS (SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number > NEW.rev AND act = 'erase_personal')
    OR EXISTS (SELECT 1 FROM leaves WHERE subject = NEW.check_id AND rev > NEW.rev AND kind = 'erase_personal'))
BEGIN SELECT RAISE(ABORT, 'leaf_contents: content comes once, and not after it was erased'); END;

DROP TRIGGER leaf_contents_erased;
CREATE TRIGGER leaf_contents_erased BEFORE DELETE ON leaf_contents
WHEN NOT EXISTS (SELECT 1 FROM versions WHERE check_id = OLD.check_id AND number > OLD.rev AND act = 'erase_personal')
  AND NOT EXISTS (SELECT 1 FROM leaves WHERE subject = OLD.check_id AND rev > OLD.rev AND kind = 'erase_personal')
BEGIN SELECT RAISE(ABORT, 'leaf_contents: only what was erased goes'); END;
