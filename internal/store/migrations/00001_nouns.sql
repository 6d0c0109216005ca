-- Types are written as PostgreSQL reads them; loading rewrites them for SQLite
-- and makes every table STRICT. A table that ends in the comment "without
-- rowid" has no hidden row number there: one would reveal the order of arrival,
-- and would be a second key through which REPLACE could displace a row.

-- The lowest program level that may still work on this database.
CREATE TABLE compatibility (
  id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  floor INTEGER NOT NULL CHECK (floor >= 1)
);

INSERT INTO compatibility (id, floor) VALUES (1, 1);

CREATE TABLE settings (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per gapless sequence, changed in the transaction that uses the number.
CREATE TABLE counters (
  name  TEXT   NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL CHECK (value >= 0)
);

INSERT INTO counters (name, value) VALUES ('changes', 0);

-- of_power is derived, so that no statement can declare a state desk innocent.
CREATE TABLE desks (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  local       INTEGER NOT NULL CHECK (local IN (0, 1)),
  name        TEXT    NOT NULL CHECK (name <> ''),
  url         TEXT    NOT NULL CHECK (local = 1 OR url = '' OR substr(url, 1, 8) = 'https://'),
  lang        TEXT    NOT NULL,
  owner       TEXT    NOT NULL,
  owner_kind  TEXT    NOT NULL CHECK (owner_kind IN ('independent', 'company', 'university', 'state', 'party', 'unknown')),
  funders     TEXT    NOT NULL,
  funder_kind TEXT    NOT NULL CHECK (funder_kind IN ('independent', 'company', 'university', 'state', 'party', 'unknown')),
  about       TEXT    NOT NULL,
  declared    INTEGER NOT NULL,
  of_power    INTEGER NOT NULL GENERATED ALWAYS AS
    (CASE WHEN owner_kind IN ('state', 'party') OR funder_kind IN ('state', 'party') THEN 1 ELSE 0 END) STORED,
  UNIQUE (id, local)
);

-- Staff accounts, the only accounts there are.
CREATE TABLE members (
  id      TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  desk_id TEXT    NOT NULL REFERENCES desks (id),
  name    TEXT    NOT NULL,
  role    TEXT    NOT NULL CHECK (role IN ('editor', 'reviewer', 'admin')),
  key_id  TEXT    NOT NULL,
  ended   INTEGER NOT NULL CHECK (ended IN (0, 1)),
  UNIQUE (id, desk_id)
);

CREATE INDEX members_desk ON members (desk_id, id);

-- check_id and shown_check are guarded by trigger: two tables that refer to
-- each other cannot both be declared in one portable series.
CREATE TABLE claims (
  id            TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  desk_id       TEXT    NOT NULL REFERENCES desks (id),
  state         TEXT    NOT NULL CHECK (state IN ('waiting', 'checking', 'answered', 'closed')),
  wording       TEXT    NOT NULL,
  lang          TEXT    NOT NULL,
  closed_as     TEXT    NOT NULL CHECK (closed_as IN ('', 'opinion', 'prediction', 'satire', 'private', 'not_independent')),
  check_id      TEXT,
  opened        INTEGER NOT NULL CHECK (opened > 0),
  closed        INTEGER NOT NULL,
  shown_state   TEXT    NOT NULL CHECK (shown_state IN ('waiting', 'checking', 'answered', 'closed')),
  shown_wording TEXT    NOT NULL,
  shown_check   TEXT,
  shown_as      TEXT    NOT NULL CHECK (shown_as IN ('', 'opinion', 'prediction', 'satire', 'private', 'not_independent')),
  CONSTRAINT claims_worded CHECK (state NOT IN ('checking', 'answered') OR wording <> ''),
  CONSTRAINT claims_answered CHECK (state <> 'answered' OR check_id IS NOT NULL),
  CONSTRAINT claims_closed_as CHECK (state = 'closed' OR closed_as = '')
); -- without rowid

CREATE INDEX claims_state ON claims (state, opened, id);

-- What an asker leaves: a random key, the claim, a day, two keyed hashes, and
-- for the first question of a claim its redacted words until they are read.
CREATE TABLE questions (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  claim_id    TEXT    NOT NULL REFERENCES claims (id),
  day         INTEGER NOT NULL CHECK (day > 0),
  receipt_mac BYTEA   NOT NULL CHECK (length(receipt_mac) = 32),
  text_mac    BYTEA   NOT NULL CHECK (length(text_mac) = 32),
  text        TEXT    NOT NULL CHECK (length(text) <= 2000)
); -- without rowid

CREATE UNIQUE INDEX questions_receipt ON questions (receipt_mac);
CREATE INDEX questions_claim ON questions (claim_id);
CREATE INDEX questions_day ON questions (day);
-- A question that joins an open claim keeps no text: one text per claim.
CREATE UNIQUE INDEX questions_one_text ON questions (claim_id) WHERE text <> '';

-- The stable address of a check. local follows the desk and says whether the
-- check is this installation's own or was taken over.
CREATE TABLE checks (
  id         TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  desk_id    TEXT    NOT NULL,
  local      INTEGER NOT NULL,
  lang       TEXT    NOT NULL,
  claim_id   TEXT    REFERENCES claims (id),
  source_url TEXT    NOT NULL,
  UNIQUE (id, desk_id, local),
  FOREIGN KEY (desk_id, local) REFERENCES desks (id, local),
  CONSTRAINT checks_source CHECK ((local = 1 AND source_url = '') OR (local = 0 AND substr(source_url, 1, 8) = 'https://')),
  CONSTRAINT checks_claim CHECK (local = 1 OR claim_id IS NULL)
); -- without rowid

CREATE INDEX checks_desk ON checks (desk_id, id);

-- One key's assent to one exact revision of what became a version.
CREATE TABLE approvals (
  check_id  TEXT    NOT NULL,
  number    INTEGER NOT NULL CHECK (number >= 1),
  member_id TEXT    NOT NULL,
  revision  TEXT    NOT NULL CHECK (revision <> ''),
  desk_id   TEXT    NOT NULL,
  local     INTEGER NOT NULL CHECK (local = 1),
  key_id    TEXT    NOT NULL,
  signed    INTEGER NOT NULL CHECK (signed IN (0, 1)),
  PRIMARY KEY (check_id, number, member_id, revision),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (member_id, desk_id) REFERENCES members (id, desk_id)
); -- without rowid

CREATE TABLE evidence (
  check_id    TEXT    NOT NULL REFERENCES checks (id),
  number      INTEGER NOT NULL CHECK (number >= 1),
  position    INTEGER NOT NULL CHECK (position >= 1),
  stance      TEXT    NOT NULL CHECK (stance IN ('for', 'against', 'context')),
  url         TEXT    NOT NULL,
  title       TEXT    NOT NULL,
  publisher   TEXT    NOT NULL,
  owner_group TEXT    NOT NULL,
  quote       TEXT    NOT NULL,
  locator     TEXT    NOT NULL,
  dated       INTEGER NOT NULL,
  archived    INTEGER NOT NULL,
  archive_url TEXT    NOT NULL,
  sha256      TEXT    NOT NULL CHECK (length(sha256) IN (0, 64)),
  PRIMARY KEY (check_id, number, position)
); -- without rowid

-- A published state of a check. The row is written last and seals the evidence
-- and the approvals written before it. desk_power is what the desk was on the
-- day of publication; a trigger compares it with the desk.
CREATE TABLE versions (
  check_id          TEXT    NOT NULL,
  number            INTEGER NOT NULL CHECK (number >= 1),
  desk_id           TEXT    NOT NULL,
  local             INTEGER NOT NULL CHECK (local IN (0, 1)),
  desk_power        INTEGER NOT NULL CHECK (desk_power IN (0, 1)),
  act               TEXT    NOT NULL CHECK (act IN ('publish', 'correct', 'withdraw', 'import')),
  kind              TEXT    NOT NULL CHECK (kind IN ('', 'fact', 'opinion', 'prediction', 'satire', 'private')),
  about_power       INTEGER NOT NULL CHECK (about_power IN (0, 1)),
  claimant_kind     TEXT    NOT NULL CHECK (claimant_kind IN ('', 'office', 'company', 'party', 'organisation', 'unknown')),
  verdict           TEXT    NOT NULL CHECK (verdict IN ('', 'true', 'mostly_true', 'missing_context', 'not_true', 'not_enough_evidence', 'not_rated')),
  not_rated_kind    TEXT    NOT NULL CHECK (not_rated_kind IN ('', 'opinion', 'prediction', 'satire', 'private', 'not_independent')),
  rating            TEXT    NOT NULL,
  no_verdict_rating INTEGER NOT NULL CHECK (no_verdict_rating IN (0, 1)),
  topic             TEXT    NOT NULL,
  claim             TEXT    NOT NULL,
  title             TEXT    NOT NULL,
  summary           TEXT    NOT NULL,
  body              TEXT    NOT NULL,
  todo              TEXT    NOT NULL,
  link_only         INTEGER NOT NULL CHECK (link_only IN (0, 1)),
  reason            TEXT    NOT NULL,
  note              TEXT    NOT NULL,
  published         INTEGER NOT NULL,
  as_of             INTEGER NOT NULL,
  author            TEXT,
  revision          TEXT    NOT NULL,
  approver_1        TEXT,
  approver_2        TEXT,
  evidence_count    INTEGER NOT NULL,
  recorded          BIGINT  NOT NULL,
  PRIMARY KEY (check_id, number),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (author, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (check_id, number, approver_1, revision) REFERENCES approvals (check_id, number, member_id, revision),
  FOREIGN KEY (check_id, number, approver_2, revision) REFERENCES approvals (check_id, number, member_id, revision),
  CONSTRAINT versions_acts CHECK ((local = 0) = (act = 'import') AND (local = 0 OR (number = 1) = (act = 'publish'))),
  CONSTRAINT versions_not_rated CHECK ((verdict = 'not_rated') = (not_rated_kind <> '')),
  -- A verdict is for facts, and for desks that do not belong to the power judged.
  CONSTRAINT versions_only_facts CHECK (verdict IN ('', 'not_rated') OR kind = 'fact'),
  CONSTRAINT versions_own_cause CHECK (verdict IN ('', 'not_rated') OR about_power = 0 OR desk_power = 0),
  -- Ours: a verdict on our scale, an author, two keys of which one is not the author's.
  CONSTRAINT versions_local CHECK (local = 0 OR (
    verdict <> '' AND kind <> '' AND rating = '' AND no_verdict_rating = 0 AND link_only = 0
    AND claim <> '' AND summary <> '' AND length(summary) <= 280)),
  CONSTRAINT versions_two_keys CHECK (local = 0 OR (
    author IS NOT NULL AND approver_1 IS NOT NULL AND approver_2 IS NOT NULL
    AND approver_1 <> approver_2 AND (approver_1 <> author OR approver_2 <> author))),
  -- Another desk's: its own words, no verdict of ours, nobody of ours.
  CONSTRAINT versions_imported CHECK (local = 1 OR (
    verdict = '' AND rating <> '' AND author IS NULL AND approver_1 IS NULL AND approver_2 IS NULL))
); -- without rowid

-- The order in which versions became public, for whoever follows.
CREATE TABLE changes (
  seq      BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
  check_id TEXT   NOT NULL REFERENCES checks (id)
); -- without rowid

-- Where each check stands now, for lists; a guard keeps it true to versions.
CREATE TABLE latest (
  check_id  TEXT    NOT NULL PRIMARY KEY,
  number    INTEGER NOT NULL,
  desk_id   TEXT    NOT NULL,
  local     INTEGER NOT NULL,
  lang      TEXT    NOT NULL,
  topic     TEXT    NOT NULL,
  published INTEGER NOT NULL,
  FOREIGN KEY (check_id, number) REFERENCES versions (check_id, number),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local)
); -- without rowid

CREATE INDEX latest_published ON latest (published, check_id);
CREATE INDEX latest_topic ON latest (topic, published, check_id);
CREATE INDEX latest_local ON latest (published, check_id) WHERE local = 1;
