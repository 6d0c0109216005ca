-- Archived copies of sources: what a page said when it was taken. No column
-- says which member asked for one. taken and tries let a fetch that a crash cut
-- short be begun once more and not for ever.
CREATE TABLE copies (
  id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
  draft_id    TEXT    NOT NULL REFERENCES drafts (id),
  url         TEXT    NOT NULL CHECK (substr(url, 1, 7) = 'http://' OR substr(url, 1, 8) = 'https://'),
  page        TEXT    NOT NULL CHECK (page <> ''),
  way         TEXT    NOT NULL CHECK (way IN ('fetched', 'uploaded', 'linked')),
  state       TEXT    NOT NULL CHECK (state IN ('wanted', 'kept', 'failed', 'erased')),
  reason      TEXT    NOT NULL,
  tries       INTEGER NOT NULL CHECK (tries >= 0),
  taken       BIGINT  NOT NULL,
  found_at    TEXT    NOT NULL,
  media_type  TEXT    NOT NULL,
  title       TEXT    NOT NULL,
  text        TEXT    NOT NULL CHECK (length(text) <= 524288),
  cut         INTEGER NOT NULL CHECK (cut IN (0, 1)),
  size        BIGINT  NOT NULL CHECK (size >= 0),
  original    TEXT    NOT NULL CHECK (length(original) IN (0, 64)),
  sha256      TEXT    NOT NULL CHECK (length(sha256) IN (0, 64)),
  archive_url TEXT    NOT NULL,
  asked       BIGINT  NOT NULL,
  day         INTEGER NOT NULL CHECK (day > 0),
  kept        BIGINT  NOT NULL,
  CONSTRAINT copies_wanted CHECK (state <> 'wanted' OR (way = 'fetched' AND sha256 = '' AND text = '')),
  CONSTRAINT copies_kept CHECK (state <> 'kept' OR (kept > 0 AND
    ((way = 'linked' AND archive_url <> '' AND sha256 = '' AND text = '')
     OR (way <> 'linked' AND archive_url = '' AND length(sha256) = 64 AND length(original) = 64)))),
  CONSTRAINT copies_failed CHECK ((state = 'failed') = (reason <> '') AND (state <> 'failed' OR (text = '' AND title = ''))),
  CONSTRAINT copies_erased CHECK (state <> 'erased' OR (text = '' AND title = ''))
); -- without rowid

-- One page is fetched once for a draft.
CREATE UNIQUE INDEX copies_once ON copies (draft_id, page, way);
CREATE INDEX copies_wanted ON copies (taken, id) WHERE state = 'wanted';
CREATE INDEX copies_day ON copies (day, id);
CREATE INDEX copies_sha256 ON copies (sha256, id);

-- Which copy a published source rests on. The row keeps the copy for ever.
CREATE TABLE version_copies (
  check_id TEXT    NOT NULL,
  number   INTEGER NOT NULL,
  position INTEGER NOT NULL,
  copy_id  TEXT    NOT NULL REFERENCES copies (id),
  PRIMARY KEY (check_id, number, position),
  FOREIGN KEY (check_id, number, position) REFERENCES evidence (check_id, number, position),
  FOREIGN KEY (check_id, number) REFERENCES versions (check_id, number)
); -- without rowid

CREATE INDEX version_copies_copy ON version_copies (copy_id);
