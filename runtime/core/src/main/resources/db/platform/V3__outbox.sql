-- What tenants are told: a row is written where it happened, and delivered at least once.
-- state is PENDING, DELIVERED or GIVEN_UP; next_attempt is also how long a replica that took the
-- event is given, so that no other takes it meanwhile.
CREATE TABLE IF NOT EXISTS outbox (
  tenant_id    VARCHAR(32)   NOT NULL,
  id           CHAR(32)      NOT NULL,
  type         VARCHAR(64)   NOT NULL,
  payload      VARCHAR(4096) NOT NULL,
  created      BIGINT        NOT NULL,
  state        VARCHAR(16)   NOT NULL,
  attempts     INT           NOT NULL,
  next_attempt BIGINT        NOT NULL,
  last_attempt BIGINT,
  last_status  INT,
  last_error   VARCHAR(256),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (state, next_attempt);
CREATE INDEX IF NOT EXISTS outbox_age ON outbox (created);
