-- Feeds of other desks' published checks, which the program reads by itself.

-- A feed that is followed, or was. removed is the day it ended, 0 while it is
-- followed. etag and modified are what its server said of the last answer, so
-- that an unchanged one is not sent again; next_pull and failures decide when
-- it is read again. dropped is how many records of the last answer were no
-- published checks, refused how many were when nothing was lacking. Nothing here
-- hangs on what anybody asked.
CREATE TABLE feeds (
  id        TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  url       TEXT    NOT NULL CHECK (substr(url, 1, 8) = 'https://' AND length(url) <= 2048),
  mirror    INTEGER NOT NULL CHECK (mirror IN (0, 1)),
  added     INTEGER NOT NULL CHECK (added > 0),
  removed   INTEGER NOT NULL,
  etag      TEXT    NOT NULL CHECK (length(etag) <= 256),
  modified  TEXT    NOT NULL CHECK (length(modified) <= 64),
  next_pull BIGINT  NOT NULL,
  pulled    INTEGER NOT NULL,
  failures  INTEGER NOT NULL CHECK (failures >= 0),
  reason    TEXT    NOT NULL CHECK (length(reason) <= 40),
  status    INTEGER NOT NULL,
  taken     INTEGER NOT NULL CHECK (taken >= 0),
  dropped   INTEGER NOT NULL CHECK (dropped >= 0),
  refused   INTEGER NOT NULL CHECK (refused >= 0),
  CONSTRAINT feeds_ended CHECK (removed = 0 OR removed >= added)
); -- without rowid

-- One address is followed once at a time.
CREATE UNIQUE INDEX feeds_url ON feeds (url) WHERE removed = 0;
CREATE INDEX feeds_due ON feeds (next_pull, id) WHERE removed = 0;

-- Which checks a feed has carried. missed is the first day on which a whole
-- answer lacked the check, gone the same day once a second one lacked it too; slid
-- marks one that left a feed of the newest as newer ones came. A check that comes
-- back loses all three.
CREATE TABLE feed_items (
  feed_id   TEXT    NOT NULL REFERENCES feeds (id),
  check_id  TEXT    NOT NULL REFERENCES checks (id),
  published INTEGER NOT NULL,
  missed    INTEGER NOT NULL,
  gone      INTEGER NOT NULL,
  slid      INTEGER NOT NULL CHECK (slid IN (0, 1)),
  PRIMARY KEY (feed_id, check_id),
  CONSTRAINT feed_items_gone CHECK (gone = 0 OR gone = missed)
); -- without rowid

CREATE INDEX feed_items_check ON feed_items (check_id, feed_id);
