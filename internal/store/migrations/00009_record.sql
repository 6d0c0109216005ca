-- The public record: what the leaves are and in which order. idx has no gaps.
-- subject is the check, the desk and its page, or the key that a leaf is of,
-- empty for none; rev the version or the page's number, 0 for none. The words
-- that the hashes of a leaf cover stand in leaf_contents, with their salt, and
-- may go where a later version of the check erases them.
CREATE TABLE leaves (
  idx     BIGINT  NOT NULL PRIMARY KEY CHECK (idx >= 0),
  kind    TEXT    NOT NULL CHECK (kind IN ('publish', 'correct', 'retract', 'erase_personal', 'withhold_order', 'restore', 'feed', 'dispute', 'policy', 'keys', 'demand', 'beat')),
  subject TEXT    NOT NULL,
  rev     INTEGER NOT NULL CHECK (rev >= 0),
  leaf    TEXT    NOT NULL CHECK (length(leaf) BETWEEN 2 AND 2048),
  hash    TEXT    NOT NULL CHECK (length(hash) = 64)
); -- without rowid

CREATE INDEX leaves_subject ON leaves (subject, idx);

CREATE TABLE leaf_contents (
  idx      BIGINT  NOT NULL PRIMARY KEY REFERENCES leaves (idx),
  check_id TEXT    NOT NULL,
  rev      INTEGER NOT NULL CHECK (rev >= 0),
  content  TEXT    NOT NULL CHECK (length(content) > 0)
); -- without rowid

CREATE INDEX leaf_contents_check ON leaf_contents (check_id, rev);
