-- Money below an invoice line: millionths of the minor unit of the currency of the plan.
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS cost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_hour ADD COLUMN IF NOT EXISTS cost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_principal ADD COLUMN IF NOT EXISTS cost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_total ADD COLUMN IF NOT EXISTS bytes_in BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_total ADD COLUMN IF NOT EXISTS bytes_out BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_total ADD COLUMN IF NOT EXISTS tokens_in BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_total ADD COLUMN IF NOT EXISTS tokens_out BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_total ADD COLUMN IF NOT EXISTS cost BIGINT NOT NULL DEFAULT 0;

-- What a call to a language model adds to its usage record; written in the record's transaction.
-- A text that means nothing for a call is empty; first_token_ms is -1 when no content came.
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
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS model_call_experiment ON model_call (experiment, started);
