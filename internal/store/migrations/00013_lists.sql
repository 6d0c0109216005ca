-- What lists of one desk, and feeds of one language and of a topic in it, are read
-- by. Without them a desk, a language or a topic that has few checks is looked for
-- among all.
CREATE INDEX latest_desk ON latest (desk_id, published, check_id);
CREATE INDEX latest_lang ON latest (lang, published, check_id) WHERE local = 1;
CREATE INDEX latest_lang_topic ON latest (lang, topic, published, check_id) WHERE local = 1;

-- Whether a claim has its check is asked when a draft for it is begun. Nothing asks
-- for the checks of a desk: lists are read from latest.
CREATE INDEX checks_claim ON checks (claim_id, lang, id) WHERE claim_id IS NOT NULL;
DROP INDEX checks_desk;

-- What was refused is counted for the figures, among all claims there ever were.
CREATE INDEX claims_refused ON claims (desk_id, shown_as) WHERE shown_as <> '';
