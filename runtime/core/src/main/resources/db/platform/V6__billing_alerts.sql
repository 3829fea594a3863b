-- What tenants are alerted about by billing, whether they have a webhook or not; the payload is the
-- webhook's.
CREATE TABLE IF NOT EXISTS billing_alert (
  tenant_id VARCHAR(32)   NOT NULL,
  id        CHAR(32)      NOT NULL,
  type      VARCHAR(64)   NOT NULL,
  at        BIGINT        NOT NULL,
  payload   VARCHAR(4096) NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
