-- The queue: what members need to find, group, hold and put away claims.
-- kin is the first open claim that a new one resembles, and lap counts how many
-- twenties of its kin came before it; both are written once. asked stops at one
-- hundred, the last bucket there is. joined_to names the claim of which this
-- one is a part. due, the day that orders the queue, is derived, and stands in
-- the engines' own parts.
ALTER TABLE claims ADD COLUMN joined_to TEXT REFERENCES claims (id);
ALTER TABLE claims ADD COLUMN kin TEXT REFERENCES claims (id);
ALTER TABLE claims ADD COLUMN apart INTEGER NOT NULL DEFAULT 0 CHECK (apart IN (0, 1));
ALTER TABLE claims ADD COLUMN lap INTEGER NOT NULL DEFAULT 0 CHECK (lap >= 0 AND (lap = 0 OR kin IS NOT NULL));
ALTER TABLE claims ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0 AND asked <= 100);
ALTER TABLE claims ADD COLUMN assignee TEXT REFERENCES members (id);
ALTER TABLE claims ADD COLUMN binned INTEGER NOT NULL DEFAULT 0 CHECK (binned >= 0 AND (binned = 0 OR state = 'closed'));
ALTER TABLE claims ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0 CHECK (reopened >= 0);
ALTER TABLE claims ADD COLUMN note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 500);

UPDATE claims SET asked = (SELECT count(*) FROM (SELECT 1 FROM questions q WHERE q.claim_id = claims.id LIMIT 100) AS few);

CREATE INDEX claims_joined ON claims (joined_to) WHERE joined_to IS NOT NULL;
CREATE INDEX claims_kin ON claims (kin, lap) WHERE kin IS NOT NULL;
CREATE INDEX claims_binned ON claims (binned, id) WHERE binned > 0;

-- Every showing of an asker's words to a member, in a chain: hash covers the
-- hash before it and the row. The front of the chain is cut off after 90 days;
-- read_chain then says what the first row that is left hangs on.
CREATE TABLE reads (
  seq       BIGINT  NOT NULL PRIMARY KEY CHECK (seq >= 1),
  day       INTEGER NOT NULL CHECK (day > 0),
  member_id TEXT    NOT NULL REFERENCES members (id),
  claim_id  TEXT    NOT NULL REFERENCES claims (id),
  prev      BYTEA   NOT NULL CHECK (length(prev) = 32),
  hash      BYTEA   NOT NULL CHECK (length(hash) = 32)
); -- without rowid

CREATE INDEX reads_member ON reads (member_id, day);

CREATE TABLE read_chain (
  id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  cut_seq  BIGINT  NOT NULL CHECK (cut_seq >= 0),
  cut_hash BYTEA   NOT NULL CHECK (length(cut_hash) = 32)
);

-- That a member opened more private questions in a day than the work needs.
CREATE TABLE alerts (
  day       INTEGER NOT NULL CHECK (day > 0),
  member_id TEXT    NOT NULL REFERENCES members (id),
  settled   INTEGER NOT NULL CHECK (settled IN (0, 1)),
  PRIMARY KEY (day, member_id)
); -- without rowid

-- What was refused or binned at one stroke, so that it can be taken back.
CREATE TABLE bulk_acts (
  id      TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  desk_id TEXT    NOT NULL REFERENCES desks (id),
  day     INTEGER NOT NULL CHECK (day > 0),
  reason  TEXT    NOT NULL CHECK (reason IN ('spam', 'opinion', 'prediction', 'satire', 'private', 'not_independent')),
  undone  INTEGER NOT NULL CHECK (undone IN (0, 1))
); -- without rowid

CREATE INDEX bulk_acts_day ON bulk_acts (day);

CREATE TABLE bulk_claims (
  act_id   TEXT NOT NULL REFERENCES bulk_acts (id) ON DELETE CASCADE,
  claim_id TEXT NOT NULL REFERENCES claims (id),
  PRIMARY KEY (act_id, claim_id)
); -- without rowid
