-- What moves the calls of models into their records (5 and 6) can be run again after it has taken
-- their table away: a version before, to which an upgrade was rolled back, forgot that they had run.
CREATE TABLE IF NOT EXISTS model_call (
  tenant_id      VARCHAR(32)  NOT NULL,
  id             CHAR(32)     NOT NULL,
  started        BIGINT       NOT NULL,
  model          VARCHAR(253) NOT NULL,
  backend        VARCHAR(63)  NOT NULL,
  source         VARCHAR(16)  NOT NULL,
  prompt         VARCHAR(253) NOT NULL,
  prompt_version INT          NOT NULL,
  experiment     VARCHAR(253) NOT NULL,
  variant        VARCHAR(63)  NOT NULL,
  tokens_in      BIGINT       NOT NULL,
  tokens_cached  BIGINT       NOT NULL,
  tokens_out     BIGINT       NOT NULL,
  cost           BIGINT       NOT NULL,
  currency       CHAR(3)      NOT NULL,
  latency_ms     INT          NOT NULL,
  first_token_ms INT          NOT NULL,
  outcome        VARCHAR(16)  NOT NULL,
  error          VARCHAR(64)  NOT NULL,
  unit           CHAR(16)     NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
