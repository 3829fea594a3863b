-- How often API keys have changed, so that a replica need not read all of them each second to learn that none has.
CREATE TABLE IF NOT EXISTS api_key_changes (
  id      INT    NOT NULL PRIMARY KEY,
  changes BIGINT NOT NULL
);
