-- The hash of whom an experiment's variant stayed with; empty where there is no experiment.
ALTER TABLE model_call ADD COLUMN IF NOT EXISTS unit CHAR(16) NOT NULL DEFAULT '';

-- What people and checkers said of a call afterwards; said again, the last word counts.
CREATE TABLE IF NOT EXISTS model_feedback (
  tenant_id VARCHAR(32) NOT NULL,
  call_id   CHAR(32)    NOT NULL,
  metric    VARCHAR(16) NOT NULL,
  said      VARCHAR(64) NOT NULL,
  at        BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, call_id, metric)
) DEFAULT CHARSET=utf8mb4;
