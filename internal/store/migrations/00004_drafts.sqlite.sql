-- The list of acts is a CHECK of versions, and SQLite changes a CHECK only by
-- making the table anew. latest refers to it and goes through the same door;
-- dropping a table runs no trigger.

CREATE TABLE versions_kept AS SELECT * FROM versions;
CREATE TABLE latest_kept AS SELECT * FROM latest;
DROP TABLE latest;
DROP TABLE versions;

CREATE TABLE versions (
  check_id TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  desk_id TEXT NOT NULL,
  local INTEGER NOT NULL CHECK (local IN (0, 1)),
  desk_power INTEGER NOT NULL CHECK (desk_power IN (0, 1)),
  act TEXT NOT NULL CHECK (act IN ('publish', 'correct', 'withdraw', 'import', 'erase_personal', 'withhold_order', 'restore')),
  kind TEXT NOT NULL CHECK (kind IN ('', 'fact', 'opinion', 'prediction', 'satire', 'private')),
  about_power INTEGER NOT NULL CHECK (about_power IN (0, 1)),
  claimant_kind TEXT NOT NULL CHECK (claimant_kind IN ('', 'office', 'company', 'party', 'organisation', 'unknown')),
  verdict TEXT NOT NULL CHECK (verdict IN ('', 'true', 'mostly_true', 'missing_context', 'not_true', 'not_enough_evidence', 'not_rated')),
  not_rated_kind TEXT NOT NULL CHECK (not_rated_kind IN ('', 'opinion', 'prediction', 'satire', 'private', 'not_independent', 'unsettled')),
  rating TEXT NOT NULL,
  no_verdict_rating INTEGER NOT NULL CHECK (no_verdict_rating IN (0, 1)),
  topic TEXT NOT NULL,
  claim TEXT NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  body TEXT NOT NULL,
  todo TEXT NOT NULL,
  link_only INTEGER NOT NULL CHECK (link_only IN (0, 1)),
  reason TEXT NOT NULL,
  note TEXT NOT NULL,
  published INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  author TEXT,
  revision TEXT NOT NULL,
  approver_1 TEXT,
  approver_2 TEXT,
  evidence_count INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  last_editor TEXT,
  approver_3 TEXT,
  blind_kind TEXT NOT NULL DEFAULT '' CHECK (blind_kind IN ('', 'fact', 'opinion', 'prediction', 'satire', 'private')),
  blind_power INTEGER NOT NULL DEFAULT 0 CHECK (blind_power IN (0, 1)),
  disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1)),
  one_source TEXT NOT NULL DEFAULT '',
  sought TEXT NOT NULL DEFAULT '',
  reply TEXT NOT NULL DEFAULT '' CHECK (reply IN ('', 'asked', 'unsafe', 'nobody')),
  reply_note TEXT NOT NULL DEFAULT '',
  emergency INTEGER NOT NULL DEFAULT 0 CHECK (emergency IN (0, 1)),
  review INTEGER NOT NULL DEFAULT 0,
  order_body TEXT NOT NULL DEFAULT '',
  order_date INTEGER NOT NULL DEFAULT 0,
  order_law TEXT NOT NULL DEFAULT '',
  order_digest TEXT NOT NULL DEFAULT '' CHECK (length(order_digest) IN (0, 64)),
  order_lapses INTEGER NOT NULL DEFAULT 0,
  method TEXT NOT NULL DEFAULT '' CHECK (length(method) IN (0, 64)),
  erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
  gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
  PRIMARY KEY (check_id, number),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (author, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (check_id, number, approver_1, revision) REFERENCES approvals (check_id, number, member_id, revision),
  FOREIGN KEY (check_id, number, approver_2, revision) REFERENCES approvals (check_id, number, member_id, revision),
  FOREIGN KEY (check_id, number, approver_3, revision) REFERENCES approvals (check_id, number, member_id, revision),
  FOREIGN KEY (last_editor, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT versions_acts CHECK ((local = 0) = (act = 'import') AND (local = 0 OR (number = 1) = (act = 'publish'))),
  CONSTRAINT versions_not_rated CHECK ((verdict = 'not_rated') = (not_rated_kind <> '')),
  -- A verdict is for facts, and for desks that do not belong to the power judged.
  CONSTRAINT versions_only_facts CHECK (verdict IN ('', 'not_rated') OR kind = 'fact'),
  CONSTRAINT versions_own_cause CHECK (verdict IN ('', 'not_rated') OR about_power = 0 OR desk_power = 0),
  -- Ours: a verdict on our scale, an author, and keys of which all but one belong to
  -- members who neither wrote nor edited last.
  CONSTRAINT versions_local CHECK (local = 0 OR (
    verdict <> '' AND kind <> '' AND rating = '' AND no_verdict_rating = 0 AND link_only = 0
    AND (erased = 1 OR claim <> '' AND summary <> '') AND length(summary) <= 280)),
  CONSTRAINT versions_two_keys CHECK (local = 0 OR (
    author IS NOT NULL AND approver_1 IS NOT NULL AND approver_2 IS NOT NULL AND approver_1 <> approver_2
    AND (approver_3 IS NULL OR approver_3 <> approver_1 AND approver_3 <> approver_2)
    AND (act <> 'withhold_order' OR approver_3 IS NOT NULL)
    AND CASE WHEN approver_1 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      + CASE WHEN approver_2 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      + CASE WHEN approver_3 NOT IN (author, coalesce(last_editor, author)) THEN 1 ELSE 0 END
      >= CASE WHEN act = 'withhold_order' THEN 2 ELSE 1 END)),
  CONSTRAINT versions_disputed CHECK (disputed = 0 OR verdict IN ('', 'not_rated')),
  CONSTRAINT versions_order CHECK ((act = 'withhold_order') = (order_digest <> '') AND (act <> 'withhold_order' OR (
    order_body <> '' AND order_law <> '' AND order_date > 0 AND order_lapses = published + 180))),
  CONSTRAINT versions_emergency CHECK (emergency = 0 OR (review > published AND review <= published + 7)),
  -- Another desk's: its own words, no verdict of ours, nobody of ours.
  CONSTRAINT versions_imported CHECK (local = 1 OR (
    verdict = '' AND rating <> '' AND author IS NULL AND approver_1 IS NULL AND approver_2 IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO versions (check_id, number, desk_id, local, desk_power, act, kind, about_power, claimant_kind, verdict, not_rated_kind, rating, no_verdict_rating, topic, claim, title, summary, body, todo, link_only, reason, note, published, as_of, author, revision, approver_1, approver_2, evidence_count, recorded)
SELECT check_id, number, desk_id, local, desk_power, act, kind, about_power, claimant_kind, verdict, not_rated_kind, rating, no_verdict_rating, topic, claim, title, summary, body, todo, link_only, reason, note, published, as_of, author, revision, approver_1, approver_2, evidence_count, recorded FROM versions_kept;
DROP TABLE versions_kept;

CREATE TABLE latest (
  check_id TEXT NOT NULL PRIMARY KEY,
  number INTEGER NOT NULL,
  desk_id TEXT NOT NULL,
  local INTEGER NOT NULL,
  lang TEXT NOT NULL,
  topic TEXT NOT NULL,
  published INTEGER NOT NULL,
  FOREIGN KEY (check_id, number) REFERENCES versions (check_id, number),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local)
) STRICT, WITHOUT ROWID;
CREATE INDEX latest_published ON latest (published, check_id);
CREATE INDEX latest_topic ON latest (topic, published, check_id);
CREATE INDEX latest_local ON latest (published, check_id) WHERE local = 1;

INSERT INTO latest SELECT * FROM latest_kept;
DROP TABLE latest_kept;

ALTER TABLE evidence ADD COLUMN by_whom TEXT NOT NULL DEFAULT '' CHECK (by_whom IN ('', 'organisation', 'person'));
ALTER TABLE approvals ADD COLUMN assertion BLOB;

CREATE TRIGGER versions_no_delete BEFORE DELETE ON versions
BEGIN SELECT RAISE(ABORT, 'versions: rows are never deleted'); END;

CREATE TRIGGER versions_next BEFORE INSERT ON versions
WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM versions WHERE check_id = NEW.check_id), 0)
BEGIN SELECT RAISE(ABORT, 'versions: not the next number'); END;

CREATE TRIGGER versions_desk_power BEFORE INSERT ON versions
WHEN NOT EXISTS (SELECT 1 FROM desks WHERE id = NEW.desk_id AND of_power = NEW.desk_power)
BEGIN SELECT RAISE(ABORT, 'versions: desk_power is not what the desk declares'); END;

CREATE TRIGGER versions_evidence BEFORE INSERT ON versions
WHEN NEW.evidence_count <> (SELECT count(*) FROM evidence WHERE check_id = NEW.check_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'versions: evidence was added or is missing'); END;

CREATE TRIGGER latest_insert BEFORE INSERT ON latest
WHEN NEW.number IS NOT (SELECT max(number) FROM versions WHERE check_id = NEW.check_id)
BEGIN SELECT RAISE(ABORT, 'latest: not the newest version'); END;

CREATE TRIGGER latest_update BEFORE UPDATE ON latest
WHEN NEW.check_id <> OLD.check_id
  OR NEW.number IS NOT (SELECT max(number) FROM versions WHERE check_id = NEW.check_id)
BEGIN SELECT RAISE(ABORT, 'latest: not the newest version'); END;

CREATE TRIGGER latest_no_delete BEFORE DELETE ON latest
BEGIN SELECT RAISE(ABORT, 'latest: rows are never deleted'); END;

-- A published row never changes, but for one act: a later erase_personal takes
-- the wording out of the versions before it. Everything else of them stays.
CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions
WHEN NOT (EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
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
WHEN NOT (EXISTS (SELECT 1 FROM versions v WHERE v.check_id = OLD.check_id AND v.number > OLD.number AND v.act = 'erase_personal')
  AND NEW.url = '' AND NEW.title = '' AND NEW.publisher = '' AND NEW.owner_group = '' AND NEW.quote = ''
  AND NEW.locator = '' AND NEW.archive_url = '' AND NEW.sha256 = ''
  AND NEW.check_id IS OLD.check_id AND NEW.number IS OLD.number AND NEW.position IS OLD.position
  AND NEW.stance IS OLD.stance AND NEW.dated IS OLD.dated AND NEW.archived IS OLD.archived
  AND NEW.by_whom IS OLD.by_whom)
BEGIN SELECT RAISE(ABORT, 'evidence: rows are never changed'); END;

-- Since there are blind classifications, a verdict needs one that agrees.
CREATE TRIGGER versions_blind BEFORE INSERT ON versions
WHEN NEW.local = 1 AND NEW.verdict <> 'not_rated' AND NEW.act IN ('publish', 'correct')
  AND (NEW.blind_kind <> NEW.kind OR NEW.blind_power <> NEW.about_power)
BEGIN SELECT RAISE(ABORT, 'versions: the blind classification differs'); END;

-- Acts that only take away or give back say nothing new.
CREATE TRIGGER versions_same_finding BEFORE INSERT ON versions
WHEN NEW.act IN ('withdraw', 'erase_personal', 'withhold_order', 'restore') AND NOT EXISTS (
  SELECT 1 FROM versions WHERE check_id = NEW.check_id AND number = NEW.number - 1 AND verdict = NEW.verdict
    AND not_rated_kind = NEW.not_rated_kind AND kind = NEW.kind AND about_power = NEW.about_power)
BEGIN SELECT RAISE(ABORT, 'versions: this act changes no finding'); END;

CREATE TRIGGER versions_reason BEFORE INSERT ON versions
WHEN NEW.local = 1 AND NEW.act <> 'publish' AND (NEW.reason = '' OR NEW.note = '')
BEGIN SELECT RAISE(ABORT, 'versions: what changes a check gives its reason'); END;

-- Drafts.

CREATE TRIGGER drafts_state BEFORE UPDATE ON drafts
WHEN NEW.id <> OLD.id OR NEW.desk_id <> OLD.desk_id OR NEW.check_id <> OLD.check_id OR NEW.act <> OLD.act OR NEW.author <> OLD.author
  OR NEW.disputed < OLD.disputed OR NEW.counter < OLD.counter OR NEW.round < OLD.round
  OR OLD.state IN ('published', 'dropped') OR OLD.state = 'writing' AND NEW.state = 'published'
BEGIN SELECT RAISE(ABORT, 'drafts: no such move'); END;

CREATE TRIGGER draft_revisions_keep BEFORE UPDATE ON draft_revisions
WHEN NEW.content <> '' OR NEW.draft_id <> OLD.draft_id OR NEW.round <> OLD.round OR NEW.revision <> OLD.revision
  OR NEW.member_id <> OLD.member_id OR NEW.named <> OLD.named OR NEW.at <> OLD.at
BEGIN SELECT RAISE(ABORT, 'draft_revisions: only the wording may go'); END;

CREATE TRIGGER draft_revisions_no_delete BEFORE DELETE ON draft_revisions
BEGIN SELECT RAISE(ABORT, 'draft_revisions: rows are never deleted'); END;

CREATE TRIGGER draft_revisions_next BEFORE INSERT ON draft_revisions
WHEN NEW.round <> 1 + coalesce((SELECT max(round) FROM draft_revisions WHERE draft_id = NEW.draft_id), 0)
BEGIN SELECT RAISE(ABORT, 'draft_revisions: not the next round'); END;

CREATE TRIGGER draft_classifications_no_update BEFORE UPDATE ON draft_classifications
BEGIN SELECT RAISE(ABORT, 'draft_classifications: rows are never changed'); END;

CREATE TRIGGER draft_classifications_no_delete BEFORE DELETE ON draft_classifications
BEGIN SELECT RAISE(ABORT, 'draft_classifications: rows are never deleted'); END;

CREATE TRIGGER draft_classifications_once BEFORE INSERT ON draft_classifications
WHEN EXISTS (SELECT 1 FROM draft_classifications WHERE draft_id = NEW.draft_id AND member_id = NEW.member_id AND claim = NEW.claim)
  OR EXISTS (SELECT 1 FROM drafts WHERE id = NEW.draft_id AND NEW.member_id IN (author, last_editor))
BEGIN SELECT RAISE(ABORT, 'draft_classifications: blind, by another member, once'); END;

CREATE TRIGGER draft_approvals_no_update BEFORE UPDATE ON draft_approvals
BEGIN SELECT RAISE(ABORT, 'draft_approvals: rows are never changed'); END;

CREATE TRIGGER draft_approvals_no_delete BEFORE DELETE ON draft_approvals
BEGIN SELECT RAISE(ABORT, 'draft_approvals: rows are never deleted'); END;

CREATE TRIGGER draft_approvals_rules BEFORE INSERT ON draft_approvals
WHEN EXISTS (SELECT 1 FROM draft_approvals WHERE draft_id = NEW.draft_id AND round = NEW.round AND member_id = NEW.member_id)
  OR EXISTS (SELECT 1 FROM members WHERE id = NEW.member_id AND ended = 1)
  OR NOT EXISTS (SELECT 1 FROM drafts WHERE id = NEW.draft_id AND state = 'review' AND round = NEW.round AND revision = NEW.revision
    AND (NEW.member_id = last_editor OR NEW.member_id <> author))
BEGIN SELECT RAISE(ABORT, 'draft_approvals: not this key, or not this revision'); END;

CREATE TRIGGER draft_returns_no_update BEFORE UPDATE ON draft_returns
BEGIN SELECT RAISE(ABORT, 'draft_returns: rows are never changed'); END;

CREATE TRIGGER draft_returns_no_delete BEFORE DELETE ON draft_returns
BEGIN SELECT RAISE(ABORT, 'draft_returns: rows are never deleted'); END;

CREATE TRIGGER draft_returns_once BEFORE INSERT ON draft_returns
WHEN EXISTS (SELECT 1 FROM draft_returns WHERE draft_id = NEW.draft_id AND round = NEW.round)
BEGIN SELECT RAISE(ABORT, 'draft_returns: returned already'); END;
