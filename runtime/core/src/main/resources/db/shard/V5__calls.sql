-- What a call to a language model adds is in its usage record: one row a call. A text that means
-- nothing for a record is empty; first_token_ms is -1 when no content came.
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS model VARCHAR(253) NOT NULL DEFAULT '';
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS backend VARCHAR(63) NOT NULL DEFAULT '';
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS source VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS prompt VARCHAR(253) NOT NULL DEFAULT '';
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS prompt_version INT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS tokens_cached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS currency VARCHAR(3) NOT NULL DEFAULT '';
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS first_token_ms INT NOT NULL DEFAULT -1;
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS error VARCHAR(64) NOT NULL DEFAULT '';
UPDATE usage_record SET
  model = (SELECT c.model FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  backend = (SELECT c.backend FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  source = (SELECT c.source FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  prompt = (SELECT c.prompt FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  prompt_version = (SELECT c.prompt_version FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  tokens_cached = (SELECT c.tokens_cached FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  currency = (SELECT c.currency FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  first_token_ms = (SELECT c.first_token_ms FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id),
  error = (SELECT c.error FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id)
WHERE EXISTS (SELECT 1 FROM model_call c WHERE c.tenant_id = usage_record.tenant_id AND c.id = usage_record.id);

-- A call that an experiment counts, with what it is judged by; written in its record's transaction.
CREATE TABLE IF NOT EXISTS experiment_call (
  tenant_id      VARCHAR(32)  NOT NULL,
  id             CHAR(32)     NOT NULL,
  experiment     VARCHAR(253) NOT NULL,
  variant        VARCHAR(63)  NOT NULL,
  unit           CHAR(16)     NOT NULL,
  prompt         VARCHAR(253) NOT NULL,
  prompt_version INT          NOT NULL,
  started        BIGINT       NOT NULL,
  latency_ms     INT          NOT NULL,
  first_token_ms INT          NOT NULL,
  tokens_in      BIGINT       NOT NULL,
  tokens_out     BIGINT       NOT NULL,
  cost           BIGINT       NOT NULL,
  error          VARCHAR(64)  NOT NULL,
  PRIMARY KEY (tenant_id, id)
) DEFAULT CHARSET=utf8mb4;
CREATE INDEX IF NOT EXISTS experiment_call_started ON experiment_call (experiment, started);
INSERT IGNORE INTO experiment_call (tenant_id, id, experiment, variant, unit, prompt, prompt_version,
  started, latency_ms, first_token_ms, tokens_in, tokens_out, cost, error)
SELECT tenant_id, id, experiment, variant, unit, prompt, prompt_version,
  started, latency_ms, first_token_ms, tokens_in, tokens_out, cost, error
FROM model_call WHERE experiment <> '';
