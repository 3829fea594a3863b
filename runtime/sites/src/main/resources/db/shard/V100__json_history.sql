-- The last operations of each tenant with the JSON tool; never a document.
-- seq counts up from 1 per tenant; rows older than the last 50 are deleted with each new one.
CREATE TABLE IF NOT EXISTS json_history (
  tenant_id VARCHAR(128) NOT NULL,
  seq       BIGINT       NOT NULL,
  kind      VARCHAR(16)  NOT NULL,
  size      BIGINT       NOT NULL,
  at_millis BIGINT       NOT NULL,
  outcome   VARCHAR(16)  NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);
