-- Who sits at the desk. Times are microseconds since 1970, UTC: staff rows may
-- hold exact ones. Nothing here says from where or with what a member came.

ALTER TABLE members ADD COLUMN lang TEXT NOT NULL DEFAULT 'vi' CHECK (lang <> '');

-- What a member approves with: a public name for it, and the public half of a
-- passkey (COSE, RFC 9052), empty where a member has none. A key never becomes
-- another's, waits before it is good once the desk has published, and ends
-- within 180 days. Retired is 0 while the key stands.
CREATE TABLE approval_keys (
  id         TEXT   NOT NULL PRIMARY KEY CHECK (id <> ''),
  member_id  TEXT   NOT NULL REFERENCES members (id),
  public_key BYTEA  NOT NULL,
  made       BIGINT NOT NULL CHECK (made > 0),
  good_from  BIGINT NOT NULL,
  good_until BIGINT NOT NULL,
  retired    BIGINT NOT NULL,
  CONSTRAINT approval_keys_days CHECK (good_from >= made AND good_until > made AND good_until <= made + 15552000000000)
); -- without rowid

CREATE INDEX approval_keys_member ON approval_keys (member_id, made);

-- Passkeys. holder is the random name under which the authenticator files the
-- key; flags are what it said of itself at registration.
CREATE TABLE credentials (
  id           BYTEA   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 1023),
  member_id    TEXT    NOT NULL REFERENCES members (id),
  holder       BYTEA   NOT NULL UNIQUE CHECK (length(holder) = 32),
  public_key   BYTEA   NOT NULL CHECK (length(public_key) BETWEEN 1 AND 4096),
  sign_count   BIGINT  NOT NULL CHECK (sign_count >= 0),
  flags        INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 255),
  label        TEXT    NOT NULL CHECK (label <> '' AND length(label) <= 60),
  made         BIGINT  NOT NULL CHECK (made > 0),
  approval_key TEXT    REFERENCES approval_keys (id)
); -- without rowid

CREATE INDEX credentials_member ON credentials (member_id, made);
CREATE UNIQUE INDEX credentials_approval ON credentials (approval_key) WHERE approval_key IS NOT NULL;

-- A password with a second step, where there is no secure origin for passkeys.
-- secret is sealed under a key that is not in this database; step is the last
-- time step whose code was taken.
CREATE TABLE passwords (
  member_id TEXT   NOT NULL PRIMARY KEY REFERENCES members (id),
  name      TEXT   NOT NULL UNIQUE CHECK (name <> '' AND length(name) <= 80),
  hash      TEXT   NOT NULL CHECK (substr(hash, 1, 10) = '$argon2id$'),
  secret    BYTEA  NOT NULL CHECK (length(secret) BETWEEN 32 AND 200),
  step      BIGINT NOT NULL,
  made      BIGINT NOT NULL CHECK (made > 0)
); -- without rowid

-- Accounts of an organisation under which members sign in.
CREATE TABLE identities (
  issuer    TEXT   NOT NULL CHECK (issuer <> ''),
  subject   TEXT   NOT NULL CHECK (subject <> '' AND length(subject) <= 255),
  member_id TEXT   NOT NULL REFERENCES members (id),
  made      BIGINT NOT NULL CHECK (made > 0),
  PRIMARY KEY (issuer, subject)
); -- without rowid

CREATE INDEX identities_member ON identities (member_id);

-- Names that were tried too often, as keyed hashes, known or not.
CREATE TABLE attempts (
  name_mac   BYTEA   NOT NULL PRIMARY KEY CHECK (length(name_mac) = 32),
  failures   INTEGER NOT NULL CHECK (failures > 0),
  held_until BIGINT  NOT NULL
); -- without rowid

-- Sessions, by the hash of a token that only the member's browser holds.
-- proved is when the member last showed that it is them.
CREATE TABLE sessions (
  token_hash BYTEA  NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
  member_id  TEXT   NOT NULL REFERENCES members (id),
  way        TEXT   NOT NULL CHECK (way IN ('passkey', 'password', 'organisation')),
  opened     BIGINT NOT NULL CHECK (opened > 0),
  used       BIGINT NOT NULL CHECK (used >= opened),
  proved     BIGINT NOT NULL CHECK (proved >= opened)
); -- without rowid

CREATE INDEX sessions_member ON sessions (member_id);

-- One-time links, by the hash of their code. The desk's own set-up has no
-- member yet. A link that is used is deleted.
CREATE TABLE enrolments (
  code_hash BYTEA  NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
  purpose   TEXT   NOT NULL CHECK (purpose IN ('setup', 'enrol', 'recover')),
  member_id TEXT   REFERENCES members (id),
  made      BIGINT NOT NULL CHECK (made > 0),
  ends      BIGINT NOT NULL,
  CONSTRAINT enrolments_member CHECK ((purpose = 'setup') = (member_id IS NULL)),
  CONSTRAINT enrolments_day CHECK (ends > made AND ends <= made + 86400000000)
); -- without rowid

CREATE UNIQUE INDEX enrolments_one ON enrolments (member_id) WHERE member_id IS NOT NULL;
CREATE UNIQUE INDEX enrolments_setup ON enrolments (purpose) WHERE purpose = 'setup';

-- A recovery that one administrator asked for and another has yet to confirm.
CREATE TABLE recoveries (
  member_id TEXT   NOT NULL PRIMARY KEY REFERENCES members (id),
  asked_by  TEXT   NOT NULL REFERENCES members (id),
  asked     BIGINT NOT NULL CHECK (asked > 0),
  CONSTRAINT recoveries_other CHECK (asked_by <> member_id)
); -- without rowid

-- Challenges that were answered, until they are too old to be taken anyhow.
CREATE TABLE answered (
  challenge BYTEA  NOT NULL PRIMARY KEY CHECK (length(challenge) = 32),
  ends      BIGINT NOT NULL
); -- without rowid

-- Who became, changed and ceased to be a member, and by whom: empty for the
-- command line and for set-up. It is never changed.
CREATE TABLE member_acts (
  seq       BIGINT NOT NULL PRIMARY KEY CHECK (seq >= 1),
  act       TEXT   NOT NULL CHECK (act IN ('add', 'enrol', 'role', 'end', 'key', 'ask_recovery', 'recover', 'drop_recovery')),
  member_id TEXT   NOT NULL REFERENCES members (id),
  by_member TEXT   REFERENCES members (id),
  detail    TEXT   NOT NULL CHECK (length(detail) <= 60),
  at        BIGINT NOT NULL CHECK (at > 0)
); -- without rowid

INSERT INTO counters (name, value) VALUES ('member_acts', 0);
