-- Types and rules as PostgreSQL writes them.

ALTER TABLE versions ADD COLUMN last_editor TEXT;
ALTER TABLE versions ADD COLUMN approver_3 TEXT;
ALTER TABLE versions ADD COLUMN blind_kind TEXT NOT NULL DEFAULT '' CHECK (blind_kind IN ('', 'fact', 'opinion', 'prediction', 'satire', 'private'));
ALTER TABLE versions ADD COLUMN blind_power INTEGER NOT NULL DEFAULT 0 CHECK (blind_power IN (0, 1));
ALTER TABLE versions ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1));
ALTER TABLE versions ADD COLUMN one_source TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN sought TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN reply TEXT NOT NULL DEFAULT '' CHECK (reply IN ('', 'asked', 'unsafe', 'nobody'));
ALTER TABLE versions ADD COLUMN reply_note TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN emergency INTEGER NOT NULL DEFAULT 0 CHECK (emergency IN (0, 1));
ALTER TABLE versions ADD COLUMN review INTEGER NOT NULL DEFAULT 0;
ALTER TABLE versions ADD COLUMN order_body TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN order_date INTEGER NOT NULL DEFAULT 0;
ALTER TABLE versions ADD COLUMN order_law TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN order_digest TEXT NOT NULL DEFAULT '' CHECK (length(order_digest) IN (0, 64));
ALTER TABLE versions ADD COLUMN order_lapses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE versions ADD COLUMN method TEXT NOT NULL DEFAULT '' CHECK (length(method) IN (0, 64));
ALTER TABLE versions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1));
ALTER TABLE versions ADD COLUMN gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1));

ALTER TABLE versions DROP CONSTRAINT versions_act_check;
ALTER TABLE versions ADD CONSTRAINT versions_act_check CHECK (act IN ('publish', 'correct', 'withdraw', 'import', 'erase_personal', 'withhold_order', 'restore'));
ALTER TABLE versions DROP CONSTRAINT versions_not_rated_kind_check;
ALTER TABLE versions ADD CONSTRAINT versions_not_rated_kind_check CHECK (not_rated_kind IN ('', 'opinion', 'prediction', 'satire', 'private', 'not_independent', 'unsettled'));
ALTER TABLE versions DROP CONSTRAINT versions_local;
ALTER TABLE versions DROP CONSTRAINT versions_two_keys;
ALTER TABLE versions ADD CONSTRAINT versions_local CHECK (local = 0 OR (
    verdict <> '' AND kind <> '' AND rating = '' AND no_verdict_rating = 0 AND link_only = 0
    AND (erased = 1 OR claim <> '' AND summary <> '') AND length(summary) <= 280));
ALTER TABLE versions ADD CONSTRAINT versions_two_keys CHECK (local = 0 OR (
    author IS NOT NULL AND approver_1 IS NOT NULL AND approver_2 IS NOT NULL AND approver_1 <> approver_2
    AND (approver_3 IS NULL OR approver_3 <> approver_1 AND approver_3 <> approver_2)
    AND (act <> 'withhold_order' OR approver_3 IS NOT NULL)
    AND CASE WHEN approver_1 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      + CASE WHEN approver_2 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      + CASE WHEN approver_3 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      >= CASE WHEN act = 'withhold_order' THEN 2 ELSE 1 END));
ALTER TABLE versions ADD CONSTRAINT versions_disputed CHECK (disputed = 0 OR verdict IN ('', 'not_rated'));
ALTER TABLE versions ADD CONSTRAINT versions_order CHECK ((act = 'withhold_order') = (order_digest <> '') AND (act <> 'withhold_order' OR (
    order_body <> '' AND order_law <> '' AND order_date > 0 AND order_lapses = published + 180)));
ALTER TABLE versions ADD CONSTRAINT versions_emergency CHECK (emergency = 0 OR (review > published AND review <= published + 7));
ALTER TABLE versions ADD CONSTRAINT versions_approver_3 FOREIGN KEY (check_id, number, approver_3, revision)
  REFERENCES approvals (check_id, number, member_id, revision);
ALTER TABLE versions ADD CONSTRAINT versions_last_editor FOREIGN KEY (last_editor, desk_id) REFERENCES members (id, desk_id);

ALTER TABLE evidence ADD COLUMN by_whom TEXT NOT NULL DEFAULT '' CHECK (by_whom IN ('', 'organisation', 'person'));
ALTER TABLE approvals ADD COLUMN assertion BYTEA;

-- A published row never changes, but for one act: a later erase_personal takes
-- the wording out of the versions before it. Everything else of them stays.
DROP TRIGGER versions_append_only ON versions;
CREATE TRIGGER versions_append_only BEFORE DELETE ON versions FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_append_only;

CREATE FUNCTION versions_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
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
CREATE TRIGGER versions_erased BEFORE UPDATE ON versions FOR EACH ROW EXECUTE FUNCTION versions_erased();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_erased;

DROP TRIGGER evidence_append_only ON evidence;
CREATE TRIGGER evidence_append_only BEFORE DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE evidence ENABLE ALWAYS TRIGGER evidence_append_only;

CREATE FUNCTION evidence_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
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
CREATE TRIGGER evidence_erased BEFORE UPDATE ON evidence FOR EACH ROW EXECUTE FUNCTION evidence_erased();
ALTER TABLE evidence ENABLE ALWAYS TRIGGER evidence_erased;

-- Since there are blind classifications, a verdict needs one that agrees; acts
-- that only take away or give back say nothing new; what changes a check gives
-- its reason.

CREATE FUNCTION versions_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.local = 1 AND NEW.verdict <> 'not_rated' AND NEW.act IN ('publish', 'correct')
    AND (NEW.blind_kind <> NEW.kind OR NEW.blind_power <> NEW.about_power) THEN
    RAISE EXCEPTION 'versions: the blind classification differs' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.act IN ('withdraw', 'erase_personal', 'withhold_order', 'restore') AND NOT EXISTS (
    SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number - 1 AND verdict = NEW.verdict
      AND not_rated_kind = NEW.not_rated_kind AND kind = NEW.kind AND about_power = NEW.about_power) THEN
    RAISE EXCEPTION 'versions: this act changes no finding' USING ERRCODE = 'SG001';
  END IF;
  IF NEW.local = 1 AND NEW.act <> 'publish' AND (NEW.reason = '' OR NEW.note = '') THEN
    RAISE EXCEPTION 'versions: what changes a check gives its reason' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER versions_rules BEFORE INSERT ON versions FOR EACH ROW EXECUTE FUNCTION versions_rules();
ALTER TABLE versions ENABLE ALWAYS TRIGGER versions_rules;

-- Drafts.

CREATE FUNCTION drafts_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.desk_id <> OLD.desk_id OR NEW.check_id <> OLD.check_id OR NEW.act <> OLD.act OR NEW.author <> OLD.author
    OR NEW.disputed < OLD.disputed OR NEW.counter < OLD.counter OR NEW.round < OLD.round
    OR OLD.state IN ('published', 'dropped') OR OLD.state = 'writing' AND NEW.state = 'published' THEN
    RAISE EXCEPTION 'drafts: no such move' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER drafts_state BEFORE UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION drafts_state();
ALTER TABLE drafts ENABLE ALWAYS TRIGGER drafts_state;

CREATE FUNCTION draft_revisions_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.content <> '' OR NEW.draft_id <> OLD.draft_id OR NEW.round <> OLD.round OR NEW.revision <> OLD.revision
    OR NEW.member_id <> OLD.member_id OR NEW.named <> OLD.named OR NEW.at <> OLD.at THEN
    RAISE EXCEPTION 'draft_revisions: only the wording may go' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_revisions_keep BEFORE UPDATE ON draft_revisions FOR EACH ROW EXECUTE FUNCTION draft_revisions_keep();
ALTER TABLE draft_revisions ENABLE ALWAYS TRIGGER draft_revisions_keep;

CREATE FUNCTION draft_revisions_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.round <> 1 + coalesce((SELECT max(round) FROM draft_revisions WHERE draft_id = NEW.draft_id), 0) THEN
    RAISE EXCEPTION 'draft_revisions: not the next round' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_revisions_next BEFORE INSERT ON draft_revisions FOR EACH ROW EXECUTE FUNCTION draft_revisions_next();
ALTER TABLE draft_revisions ENABLE ALWAYS TRIGGER draft_revisions_next;

CREATE FUNCTION draft_classifications_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM drafts WHERE id = NEW.draft_id AND NEW.member_id IN (author, last_editor)) THEN
    RAISE EXCEPTION 'draft_classifications: blind, by another member' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_classifications_once BEFORE INSERT ON draft_classifications FOR EACH ROW EXECUTE FUNCTION draft_classifications_once();
ALTER TABLE draft_classifications ENABLE ALWAYS TRIGGER draft_classifications_once;

CREATE FUNCTION draft_approvals_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1)
    OR NOT EXISTS (SELECT 1 FROM drafts WHERE id = NEW.draft_id AND state = 'review' AND round = NEW.round AND revision = NEW.revision
      AND (NEW.member_id = last_editor OR NEW.member_id <> author)) THEN
    RAISE EXCEPTION 'draft_approvals: not this key, or not this revision' USING ERRCODE = 'SG001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_approvals_rules BEFORE INSERT ON draft_approvals FOR EACH ROW EXECUTE FUNCTION draft_approvals_rules();
ALTER TABLE draft_approvals ENABLE ALWAYS TRIGGER draft_approvals_rules;

CREATE TRIGGER draft_revisions_append_only BEFORE DELETE ON draft_revisions FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER draft_revisions_no_truncate BEFORE TRUNCATE ON draft_revisions FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE draft_revisions ENABLE ALWAYS TRIGGER draft_revisions_append_only;
ALTER TABLE draft_revisions ENABLE ALWAYS TRIGGER draft_revisions_no_truncate;

CREATE TRIGGER draft_classifications_append_only BEFORE UPDATE OR DELETE ON draft_classifications FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER draft_classifications_no_truncate BEFORE TRUNCATE ON draft_classifications FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE draft_classifications ENABLE ALWAYS TRIGGER draft_classifications_append_only;
ALTER TABLE draft_classifications ENABLE ALWAYS TRIGGER draft_classifications_no_truncate;

CREATE TRIGGER draft_approvals_append_only BEFORE UPDATE OR DELETE ON draft_approvals FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER draft_approvals_no_truncate BEFORE TRUNCATE ON draft_approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE draft_approvals ENABLE ALWAYS TRIGGER draft_approvals_append_only;
ALTER TABLE draft_approvals ENABLE ALWAYS TRIGGER draft_approvals_no_truncate;

CREATE TRIGGER draft_returns_append_only BEFORE UPDATE OR DELETE ON draft_returns FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER draft_returns_no_truncate BEFORE TRUNCATE ON draft_returns FOR EACH STATEMENT EXECUTE FUNCTION refuse();
ALTER TABLE draft_returns ENABLE ALWAYS TRIGGER draft_returns_append_only;
ALTER TABLE draft_returns ENABLE ALWAYS TRIGGER draft_returns_no_truncate;
