-- A version under work. content is the JSON of what the draft holds; it is gone
-- when the draft is, and what was published stands in versions.
CREATE TABLE drafts (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  desk_id     TEXT    NOT NULL REFERENCES desks (id),
  claim_id    TEXT    REFERENCES claims (id),
  check_id    TEXT    NOT NULL CHECK (check_id <> ''),
  base        INTEGER NOT NULL CHECK (base >= 0),
  act         TEXT    NOT NULL CHECK (act IN ('publish', 'correct', 'withdraw', 'erase_personal', 'withhold_order', 'restore')),
  lang        TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('writing', 'review', 'published', 'dropped')),
  counter     INTEGER NOT NULL CHECK (counter >= 1),
  round       INTEGER NOT NULL CHECK (round >= 0),
  content     TEXT    NOT NULL CHECK (length(content) <= 400000),
  author      TEXT    NOT NULL,
  last_editor TEXT    NOT NULL,
  revision    TEXT    NOT NULL,
  disputed    INTEGER NOT NULL CHECK (disputed IN (0, 1)),
  named       INTEGER NOT NULL CHECK (named IN (0, 1)),
  returned    TEXT    NOT NULL CHECK (length(returned) <= 2000),
  opened      BIGINT  NOT NULL,
  saved       BIGINT  NOT NULL,
  FOREIGN KEY (author, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (last_editor, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT drafts_base CHECK ((base = 0) = (act = 'publish')),
  CONSTRAINT drafts_revision CHECK ((state IN ('review', 'published')) = (revision <> '')),
  CONSTRAINT drafts_content CHECK ((state IN ('published', 'dropped')) = (content = ''))
); -- without rowid

CREATE INDEX drafts_state ON drafts (desk_id, state, saved);
-- One open draft for each claim and language, and for each check and act.
CREATE UNIQUE INDEX drafts_claim ON drafts (claim_id, lang) WHERE state IN ('writing', 'review') AND act = 'publish';
CREATE UNIQUE INDEX drafts_check ON drafts (check_id, act) WHERE state IN ('writing', 'review');

-- What was handed in, round by round, for what a reviewer saw last.
CREATE TABLE draft_revisions (
  draft_id  TEXT    NOT NULL REFERENCES drafts (id),
  round     INTEGER NOT NULL CHECK (round >= 1),
  revision  TEXT    NOT NULL CHECK (revision <> ''),
  content   TEXT    NOT NULL,
  member_id TEXT    NOT NULL REFERENCES members (id),
  named     INTEGER NOT NULL CHECK (named IN (0, 1)),
  at        BIGINT  NOT NULL,
  PRIMARY KEY (draft_id, round)
); -- without rowid

-- How a reviewer classified the claim before seeing the author's choice. claim
-- is the hash of the sentence that was classified.
CREATE TABLE draft_classifications (
  draft_id    TEXT    NOT NULL REFERENCES drafts (id),
  member_id   TEXT    NOT NULL REFERENCES members (id),
  claim       TEXT    NOT NULL CHECK (length(claim) = 64),
  kind        TEXT    NOT NULL CHECK (kind IN ('fact', 'opinion', 'prediction', 'satire', 'private')),
  about_power INTEGER NOT NULL CHECK (about_power IN (0, 1)),
  agreed      INTEGER NOT NULL CHECK (agreed IN (0, 1)),
  at          BIGINT  NOT NULL,
  PRIMARY KEY (draft_id, member_id, claim)
); -- without rowid

-- Keys given to one round of a draft: the submitter's and the reviewers'.
CREATE TABLE draft_approvals (
  draft_id      TEXT    NOT NULL REFERENCES drafts (id),
  round         INTEGER NOT NULL CHECK (round >= 1),
  member_id     TEXT    NOT NULL REFERENCES members (id),
  revision      TEXT    NOT NULL CHECK (revision <> ''),
  key_id        TEXT    NOT NULL,
  signed        INTEGER NOT NULL CHECK (signed IN (0, 1)),
  assertion     BYTEA ,
  no_interest   INTEGER NOT NULL CHECK (no_interest = 1),
  organisations INTEGER NOT NULL CHECK (organisations IN (0, 1)),
  one_source    TEXT    NOT NULL,
  at            BIGINT  NOT NULL,
  PRIMARY KEY (draft_id, round, member_id)
); -- without rowid

-- Why a round was returned.
CREATE TABLE draft_returns (
  draft_id  TEXT    NOT NULL REFERENCES drafts (id),
  round     INTEGER NOT NULL CHECK (round >= 1),
  member_id TEXT    NOT NULL REFERENCES members (id),
  reason    TEXT    NOT NULL CHECK (reason <> '' AND length(reason) <= 2000),
  at        BIGINT  NOT NULL,
  PRIMARY KEY (draft_id, round)
); -- without rowid
