-- What lists of one desk, and feeds of one language, are read by. Without them a desk
-- or a language that has few checks is looked for among all.
CREATE INDEX latest_desk ON latest (desk_id, published, check_id);
CREATE INDEX latest_lang ON latest (lang, published, check_id) WHERE local = 1;
