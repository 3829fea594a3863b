-- A threshold is told once for each quantity that a plan includes in a cycle; -1 where it was told
-- before that was noted. A replica of the version before goes on with usage_alert during an upgrade.
CREATE TABLE IF NOT EXISTS usage_threshold (
  tenant_id VARCHAR(32) NOT NULL,
  cycle     CHAR(10)    NOT NULL,
  meter     VARCHAR(64) NOT NULL,
  percent   INT         NOT NULL,
  included  BIGINT      NOT NULL,
  at        BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, cycle, meter, percent, included)
) DEFAULT CHARSET=utf8mb4;
INSERT IGNORE INTO usage_threshold (tenant_id, cycle, meter, percent, included, at)
SELECT tenant_id, cycle, meter, percent, -1, at FROM usage_alert;
