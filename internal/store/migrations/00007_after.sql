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
