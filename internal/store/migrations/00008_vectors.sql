-- What an embedder made of a published version's words: 32-bit floats, lowest
-- byte first. They can be made again, so they may be replaced and deleted. A
-- check has at most one vector of each model.
CREATE TABLE vectors (
  check_id  TEXT    NOT NULL,
  number    INTEGER NOT NULL,
  model     TEXT    NOT NULL CHECK (model <> '' AND length(model) <= 200),
  dimension INTEGER NOT NULL CHECK (dimension BETWEEN 1 AND 4096),
  vector    BYTEA   NOT NULL,
  PRIMARY KEY (check_id, model),
  FOREIGN KEY (check_id, number) REFERENCES versions (check_id, number),
  CONSTRAINT vectors_whole CHECK (length(vector) = 4 * dimension)
); -- without rowid

CREATE INDEX vectors_model ON vectors (model, check_id);
