-- What a desk owes its readers, and what happens after a check is published.

-- Something that takes two keys and has the first: it waits for another
-- member. content is what exactly was proposed, sha256 its hash; the second
-- member names the hash. A proposal binds nobody and may be taken back.
CREATE TABLE proposals (
  id        TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  desk_id   TEXT    NOT NULL,
  kind      TEXT    NOT NULL CHECK (kind IN ('page', 'declaration', 'aside', 'contest', 'reply')),
  subject   TEXT    NOT NULL,
  content   TEXT    NOT NULL,
  sha256    TEXT    NOT NULL CHECK (length(sha256) = 64),
  member_id TEXT    NOT NULL,
  key_id    TEXT    NOT NULL,
  day       INTEGER NOT NULL CHECK (day > 0),
  FOREIGN KEY (member_id, desk_id) REFERENCES members (id, desk_id)
); -- without rowid

-- One thing waits once.
CREATE UNIQUE INDEX proposals_subject ON proposals (desk_id, kind, subject);

-- The pages a desk owes its readers, in versions, both languages side by side.
CREATE TABLE policies (
  desk_id      TEXT    NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('methodology', 'ownership', 'funding', 'corrections', 'complaints', 'people')),
  number       INTEGER NOT NULL CHECK (number >= 1),
  text_vi      TEXT    NOT NULL,
  text_en      TEXT    NOT NULL,
  sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
  day          INTEGER NOT NULL CHECK (day > 0),
  proposed_by  TEXT    NOT NULL,
  proposed_key TEXT    NOT NULL,
  agreed_by    TEXT    NOT NULL,
  agreed_key   TEXT    NOT NULL,
  PRIMARY KEY (desk_id, kind, number),
  FOREIGN KEY (proposed_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (agreed_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT policies_said CHECK (text_vi <> '' OR text_en <> ''),
  CONSTRAINT policies_two_keys CHECK (proposed_by <> agreed_by)
); -- without rowid

-- What a desk has declared of who owns it and who pays, in versions. The row of
-- the desk itself follows the newest.
CREATE TABLE declarations (
  desk_id      TEXT    NOT NULL,
  number       INTEGER NOT NULL CHECK (number >= 1),
  owner        TEXT    NOT NULL,
  owner_kind   TEXT    NOT NULL CHECK (owner_kind IN ('independent', 'company', 'university', 'state', 'party', 'unknown')),
  funders      TEXT    NOT NULL,
  funder_kind  TEXT    NOT NULL CHECK (funder_kind IN ('independent', 'company', 'university', 'state', 'party', 'unknown')),
  handed_over  INTEGER NOT NULL CHECK (handed_over IN (0, 1)),
  note_vi      TEXT    NOT NULL,
  note_en      TEXT    NOT NULL,
  sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
  day          INTEGER NOT NULL CHECK (day > 0),
  proposed_by  TEXT    NOT NULL,
  proposed_key TEXT    NOT NULL,
  agreed_by    TEXT    NOT NULL,
  agreed_key   TEXT    NOT NULL,
  PRIMARY KEY (desk_id, number),
  FOREIGN KEY (proposed_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (agreed_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT declarations_two_keys CHECK (proposed_by <> agreed_by)
); -- without rowid

-- What a member wants to say of herself on the page of who we are. It is her
-- own and hers to take back, so it is no version of anything.
CREATE TABLE introductions (
  member_id TEXT    NOT NULL PRIMARY KEY,
  desk_id   TEXT    NOT NULL,
  words_vi  TEXT    NOT NULL CHECK (length(words_vi) <= 500),
  words_en  TEXT    NOT NULL CHECK (length(words_en) <= 500),
  day       INTEGER NOT NULL CHECK (day > 0),
  FOREIGN KEY (member_id, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT introductions_said CHECK (words_vi <> '' OR words_en <> '')
); -- without rowid

-- What somebody a check concerns, or anybody, says against it or in reply. The
-- row of the contester: a random key, the check, days, keyed hashes, and the
-- redacted words until they are decided, at most 60 days. joined_to is the
-- first contest with the very same words, which are then kept once. What stays
-- for good is the desk's own: the outcome, its answer, whose keys.
CREATE TABLE contests (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  check_id    TEXT    NOT NULL,
  number      INTEGER NOT NULL CHECK (number >= 1),
  desk_id     TEXT    NOT NULL,
  local       INTEGER NOT NULL CHECK (local = 1),
  kind        TEXT    NOT NULL CHECK (kind IN ('contest', 'reply')),
  state       TEXT    NOT NULL CHECK (state IN ('waiting', 'upheld', 'declined', 'shown', 'returned', 'lapsed')),
  day         INTEGER NOT NULL CHECK (day > 0),
  due         INTEGER NOT NULL,
  joined_to   TEXT    REFERENCES contests (id),
  receipt_mac BYTEA   CHECK (length(receipt_mac) = 32),
  text_mac    BYTEA   CHECK (length(text_mac) = 32),
  text        TEXT    NOT NULL CHECK (length(text) <= 2000),
  decided     INTEGER NOT NULL,
  answer      TEXT    NOT NULL CHECK (length(answer) <= 2000),
  answer_lang TEXT    NOT NULL,
  outside     TEXT    NOT NULL CHECK (length(outside) <= 200),
  decided_by  TEXT,
  decided_key TEXT    NOT NULL,
  second_by   TEXT,
  second_key  TEXT    NOT NULL,
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (decided_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (second_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT contests_due CHECK (due > day),
  CONSTRAINT contests_outcomes CHECK (state IN ('waiting', 'lapsed') OR (kind = 'contest') = (state IN ('upheld', 'declined'))),
  CONSTRAINT contests_words CHECK ((state = 'waiting' AND joined_to IS NULL) = (text <> '')),
  CONSTRAINT contests_reasoned CHECK (state NOT IN ('upheld', 'declined', 'returned') OR answer <> ''),
  CONSTRAINT contests_decided CHECK ((state IN ('waiting', 'lapsed')) = (decided_by IS NULL) AND (state = 'waiting') = (decided = 0)),
  CONSTRAINT contests_second CHECK (second_by IS NULL OR decided_by IS NOT NULL AND second_by <> decided_by),
  CONSTRAINT contests_outside CHECK (outside = '' OR second_by IS NOT NULL)
); -- without rowid

CREATE UNIQUE INDEX contests_receipt ON contests (receipt_mac) WHERE receipt_mac IS NOT NULL;
CREATE UNIQUE INDEX contests_words ON contests (check_id, kind, text) WHERE text <> '';
CREATE INDEX contests_waiting ON contests (desk_id, due, id) WHERE state = 'waiting';
CREATE INDEX contests_check ON contests (check_id, state, day);
CREATE INDEX contests_joined ON contests (joined_to) WHERE joined_to IS NOT NULL;
CREATE INDEX contests_kept ON contests (day) WHERE receipt_mac IS NOT NULL;

-- A reply as it stands on the page of a check: never edited. Words that turn
-- out to hold a private person's data go by two keys, and the page says so.
CREATE TABLE replies (
  id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  check_id     TEXT    NOT NULL,
  desk_id      TEXT    NOT NULL,
  local        INTEGER NOT NULL CHECK (local = 1),
  text         TEXT    NOT NULL CHECK (length(text) <= 2000),
  day          INTEGER NOT NULL CHECK (day > 0),
  accepted_by  TEXT    NOT NULL,
  accepted_key TEXT    NOT NULL,
  erased       INTEGER NOT NULL,
  erased_by    TEXT,
  erased_key   TEXT    NOT NULL,
  second_by    TEXT,
  second_key   TEXT    NOT NULL,
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (accepted_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (erased_by, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (second_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT replies_erased CHECK ((erased = 0) = (text <> '') AND (erased = 0) = (erased_by IS NULL)),
  CONSTRAINT replies_two_keys CHECK (erased = 0 OR second_by IS NOT NULL AND second_by <> erased_by)
); -- without rowid

CREATE INDEX replies_check ON replies (check_id, day);

-- Another desk's verdict beside ours: the odd numbers show it, which takes one
-- key, the even ones take it away, which takes two and a reason.
CREATE TABLE asides (
  check_id    TEXT    NOT NULL,
  other_id    TEXT    NOT NULL,
  number      INTEGER NOT NULL CHECK (number >= 1),
  desk_id     TEXT    NOT NULL,
  local       INTEGER NOT NULL CHECK (local = 1),
  other_desk  TEXT    NOT NULL,
  other_local INTEGER NOT NULL CHECK (other_local = 0),
  act         TEXT    NOT NULL CHECK (act IN ('show', 'take_away')),
  day         INTEGER NOT NULL CHECK (day > 0),
  member_id   TEXT    NOT NULL,
  key_id      TEXT    NOT NULL,
  second_by   TEXT,
  second_key  TEXT    NOT NULL,
  reason      TEXT    NOT NULL CHECK (length(reason) <= 1000),
  PRIMARY KEY (check_id, other_id, number),
  FOREIGN KEY (check_id, desk_id, local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (other_id, other_desk, other_local) REFERENCES checks (id, desk_id, local),
  FOREIGN KEY (member_id, desk_id) REFERENCES members (id, desk_id),
  FOREIGN KEY (second_by, desk_id) REFERENCES members (id, desk_id),
  CONSTRAINT asides_turns CHECK ((number % 2 = 1) = (act = 'show')),
  CONSTRAINT asides_two_keys CHECK (act = 'show' OR second_by IS NOT NULL AND second_by <> member_id AND reason <> '')
); -- without rowid

-- What the log of corrections shows, newest first.
CREATE INDEX versions_after ON versions (desk_id, published, check_id, number) WHERE local = 1 AND number > 1;

-- Who had a part in a check is asked by its drafts too.
CREATE INDEX drafts_of_check ON drafts (check_id);
