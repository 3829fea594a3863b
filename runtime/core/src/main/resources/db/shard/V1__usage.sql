-- One row an admitted request, in the order of time: ids begin with it. Units are integers.
CREATE TABLE IF NOT EXISTS usage_record (
  tenant_id     VARCHAR(32)  NOT NULL,
  id            CHAR(32)     NOT NULL,
  cycle         CHAR(10)     NOT NULL,
  route         VARCHAR(253) NOT NULL,
  principal     VARCHAR(512) NOT NULL,
  plan          VARCHAR(253) NOT NULL,
  plan_revision VARCHAR(64)  NOT NULL,
  started       BIGINT       NOT NULL,
  ended         BIGINT       NOT NULL,
  requests      BIGINT       NOT NULL,
  bytes_in      BIGINT       NOT NULL,
  bytes_out     BIGINT       NOT NULL,
  tokens_in     BIGINT       NOT NULL,
  tokens_out    BIGINT       NOT NULL,
  outcome       VARCHAR(16)  NOT NULL,
  status        INT          NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Requests that were refused with 403 or 429: an exact count a second.
CREATE TABLE IF NOT EXISTS usage_refusal (
  tenant_id VARCHAR(32)  NOT NULL,
  route     VARCHAR(253) NOT NULL,
  reason    VARCHAR(64)  NOT NULL,
  second_at BIGINT       NOT NULL,
  log_id    CHAR(32)     NOT NULL,
  count     BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, route, reason, second_at, log_id)
);

-- How far each gateway's log has been taken over; written in the transaction of the rows.
CREATE TABLE IF NOT EXISTS usage_cursor (
  log_id   CHAR(32) NOT NULL PRIMARY KEY,
  position BIGINT   NOT NULL
);

-- What records add up to; written in their transaction, so that quotas and usage pages need not
-- read every record.
CREATE TABLE IF NOT EXISTS usage_hour (
  tenant_id  VARCHAR(32)  NOT NULL,
  cycle      CHAR(10)     NOT NULL,
  route      VARCHAR(253) NOT NULL,
  hour       BIGINT       NOT NULL,
  requests   BIGINT       NOT NULL,
  bytes_in   BIGINT       NOT NULL,
  bytes_out  BIGINT       NOT NULL,
  tokens_in  BIGINT       NOT NULL,
  tokens_out BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, cycle, route, hour)
);
CREATE TABLE IF NOT EXISTS usage_principal (
  tenant_id    VARCHAR(32)  NOT NULL,
  cycle        CHAR(10)     NOT NULL,
  principal_id CHAR(32)     NOT NULL,
  principal    VARCHAR(512) NOT NULL,
  requests     BIGINT       NOT NULL,
  bytes_in     BIGINT       NOT NULL,
  bytes_out    BIGINT       NOT NULL,
  tokens_in    BIGINT       NOT NULL,
  tokens_out   BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, cycle, principal_id)
);
CREATE TABLE IF NOT EXISTS usage_total (
  tenant_id VARCHAR(32) NOT NULL,
  cycle     CHAR(10)    NOT NULL,
  requests  BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, cycle)
);

-- Thresholds of what a plan includes, once each a cycle.
CREATE TABLE IF NOT EXISTS usage_alert (
  tenant_id VARCHAR(32) NOT NULL,
  cycle     CHAR(10)    NOT NULL,
  meter     VARCHAR(64) NOT NULL,
  percent   INT         NOT NULL,
  at        BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, cycle, meter, percent)
);
