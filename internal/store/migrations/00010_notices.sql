-- Service notices: short-lived statements by named bodies, passed on and not
-- checked. They have no tie to checks, claims or questions.

-- Each row is one version. Times are microseconds since 1970; 259200000000 of
-- them are 72 hours, counted from the first version on.
CREATE TABLE notices (
  notice_id    TEXT    NOT NULL CHECK (length(notice_id) = 16),
  number       INTEGER NOT NULL CHECK (number >= 1),
  desk_id      TEXT    NOT NULL,
  act          TEXT    NOT NULL CHECK (act IN ('issue', 'update', 'cancel')),
  kind         TEXT    NOT NULL CHECK (kind IN ('weather', 'water', 'power', 'transport', 'health_hours', 'opening_hours', 'recall', 'road')),
  what_vi      TEXT    NOT NULL CHECK (length(what_vi) <= 300),
  where_vi     TEXT    NOT NULL CHECK (length(where_vi) <= 300),
  todo_vi      TEXT    NOT NULL CHECK (length(todo_vi) <= 300),
  what_en      TEXT    NOT NULL CHECK (length(what_en) <= 300),
  where_en     TEXT    NOT NULL CHECK (length(where_en) <= 300),
  todo_en      TEXT    NOT NULL CHECK (length(todo_en) <= 300),
  source       TEXT    NOT NULL CHECK (source <> '' AND length(source) <= 200),
  source_url   TEXT    NOT NULL CHECK (length(source_url) <= 2000),
  contact      TEXT    NOT NULL CHECK (contact <> '' AND length(contact) <= 200),
  valid_from   BIGINT  NOT NULL,
  valid_until  BIGINT  NOT NULL,
  note_vi      TEXT    NOT NULL CHECK (length(note_vi) <= 300),
  note_en      TEXT    NOT NULL CHECK (length(note_en) <= 300),
  alert        TEXT    NOT NULL CHECK (length(alert) <= 8000),
  named        INTEGER NOT NULL CHECK (named IN (0, 1)),
  sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
  issued       BIGINT  NOT NULL CHECK (issued > 0),
  published    BIGINT  NOT NULL CHECK (published > 0),
  proposed_by  TEXT    NOT NULL,
  proposed_key TEXT    NOT NULL,
  agreed_by    TEXT    NOT NULL,
  agreed_key   TEXT    NOT NULL,
  PRIMARY KEY (notice_id, number),
  FOREIGN KEY (proposed_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (agreed_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT notices_said CHECK (what_vi <> '' AND where_vi <> '' AND todo_vi <> '' OR what_en <> '' AND where_en <> '' AND todo_en <> ''),
  CONSTRAINT notices_span CHECK (valid_from < valid_until AND valid_until - valid_from <= 259200000000),
  CONSTRAINT notices_life CHECK (published >= issued AND valid_until > published AND valid_until - issued <= 259200000000),
  CONSTRAINT notices_first CHECK ((number = 1) = (act = 'issue') AND (number > 1 OR published = issued)),
  CONSTRAINT notices_noted CHECK (act = 'issue' OR note_vi <> '' OR note_en <> ''),
  CONSTRAINT notices_two_keys CHECK (proposed_by <> agreed_by)
); -- without rowid

CREATE INDEX notices_newest ON notices (published, notice_id, number);
CREATE INDEX notices_until ON notices (valid_until);

-- What has one key and waits for the second. Nothing of it is public.
CREATE TABLE notice_proposals (
  notice_id TEXT    NOT NULL PRIMARY KEY CHECK (length(notice_id) = 16),
  id        TEXT    NOT NULL UNIQUE CHECK (length(id) = 16),
  desk_id   TEXT    NOT NULL,
  content   TEXT    NOT NULL CHECK (length(content) <= 20000),
  sha256    TEXT    NOT NULL CHECK (length(sha256) = 64),
  member_id TEXT    NOT NULL,
  key_id    TEXT    NOT NULL,
  day       INTEGER NOT NULL CHECK (day > 0),
  FOREIGN KEY (member_id, desk_id) REFERENCES members (id, desk_id)
); -- without rowid

CREATE INDEX notice_proposals_desk ON notice_proposals (desk_id, day, notice_id);

-- What somebody says against a notice. It goes the way a contest of a check
-- goes, without a receipt: its answer stands on the notice's page.
CREATE TABLE notice_contests (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  notice_id   TEXT    NOT NULL,
  number      INTEGER NOT NULL,
  desk_id     TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('waiting', 'upheld', 'declined', 'lapsed')),
  day         INTEGER NOT NULL CHECK (day > 0),
  due         INTEGER NOT NULL,
  text        TEXT    NOT NULL CHECK (length(text) <= 2000),
  decided     INTEGER NOT NULL,
  answer      TEXT    NOT NULL CHECK (length(answer) <= 2000),
  answer_lang TEXT    NOT NULL,
  outside     TEXT    NOT NULL CHECK (length(outside) <= 200),
  decided_by  TEXT,
  decided_key TEXT    NOT NULL,
  second_by   TEXT,
  second_key  TEXT    NOT NULL,
  FOREIGN KEY (notice_id, number) REFERENCES notices (notice_id, number),
  FOREIGN KEY (decided_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (second_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT notice_contests_due CHECK (due > day),
  CONSTRAINT notice_contests_words CHECK ((state = 'waiting') = (text <> '')),
  CONSTRAINT notice_contests_reasoned CHECK (state NOT IN ('upheld', 'declined') OR answer <> ''),
  CONSTRAINT notice_contests_decided CHECK ((state IN ('waiting', 'lapsed')) = (decided_by IS NULL) AND (state = 'waiting') = (decided = 0)),
  CONSTRAINT notice_contests_second CHECK (second_by IS NULL OR decided_by IS NOT NULL AND second_by <> decided_by),
  CONSTRAINT notice_contests_outside CHECK (outside = '' OR second_by IS NOT NULL)
); -- without rowid

CREATE UNIQUE INDEX notice_contests_words_once ON notice_contests (notice_id, text) WHERE text <> '';
CREATE INDEX notice_contests_waiting ON notice_contests (desk_id, due, id) WHERE state = 'waiting';
CREATE INDEX notice_contests_notice ON notice_contests (notice_id, state, day);
