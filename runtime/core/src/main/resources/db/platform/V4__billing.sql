-- Who does a work that only one replica may do, and until when (ms since the epoch).
CREATE TABLE IF NOT EXISTS platform_lease (
  name     VARCHAR(64) NOT NULL PRIMARY KEY,
  holder   VARCHAR(64) NOT NULL,
  until_at BIGINT      NOT NULL
);

-- What the machine decided about a tenant, such as a suspension for debt; never an edit of its spec.
CREATE TABLE IF NOT EXISTS tenant_verdict (
  tenant_id VARCHAR(32)  NOT NULL,
  source    VARCHAR(32)  NOT NULL,
  reason    VARCHAR(255) NOT NULL,
  since     BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, source)
);

-- Effects in the billing engine, each noted with all its parameters before it is asked for;
-- units are those of the ledger that it reports, 0 of other effects.
CREATE TABLE IF NOT EXISTS billing_intent (
  tenant_id   VARCHAR(32)  NOT NULL,
  id          VARCHAR(128) NOT NULL,
  body        TEXT         NOT NULL,
  units       BIGINT       NOT NULL,
  attempt     INT          NOT NULL,
  begun       BIGINT       NOT NULL,
  external_id VARCHAR(255),
  done        BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS billing_intent_open ON billing_intent (done, tenant_id);

-- A tenant as the engine's customer. Terms as JSON: those subscribed to, and those of the next cycle.
CREATE TABLE IF NOT EXISTS billing_account (
  tenant_id     VARCHAR(32)  NOT NULL PRIMARY KEY,
  customer      VARCHAR(255) NOT NULL,
  subscription  VARCHAR(255),
  subscribed_at BIGINT,
  terms         TEXT,
  next_terms    TEXT,
  ending        BOOLEAN      NOT NULL,
  trial_until   BIGINT,
  missing_since BIGINT
);
CREATE INDEX IF NOT EXISTS billing_account_customer ON billing_account (customer);

-- A billing cycle and the terms it is billed by, frozen when it is first seen.
CREATE TABLE IF NOT EXISTS billing_cycle (
  tenant_id    VARCHAR(32)  NOT NULL,
  cycle        CHAR(10)     NOT NULL,
  subscription VARCHAR(255) NOT NULL,
  starts       BIGINT       NOT NULL,
  ends         BIGINT       NOT NULL,
  terms        TEXT         NOT NULL,
  state        VARCHAR(16)  NOT NULL,
  invoice      VARCHAR(255),
  PRIMARY KEY (tenant_id, cycle)
);

-- How many units of a meter are assigned to an intent or an invoice, and the last intent's number.
CREATE TABLE IF NOT EXISTS billing_usage (
  tenant_id VARCHAR(32) NOT NULL,
  cycle     CHAR(10)    NOT NULL,
  meter     VARCHAR(64) NOT NULL,
  assigned  BIGINT      NOT NULL,
  sequence  BIGINT      NOT NULL,
  advanced  BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, cycle, meter)
);

-- Invoices as they were last seen; amounts in millionths of the minor unit.
CREATE TABLE IF NOT EXISTS billing_order (
  tenant_id VARCHAR(32)  NOT NULL,
  id        VARCHAR(255) NOT NULL,
  kind      VARCHAR(32)  NOT NULL,
  state     VARCHAR(16)  NOT NULL,
  number    VARCHAR(64),
  currency  CHAR(3)      NOT NULL,
  total     BIGINT       NOT NULL,
  paid      BIGINT       NOT NULL,
  created   BIGINT       NOT NULL,
  due_at    BIGINT,
  late_from BIGINT,
  url       VARCHAR(2048),
  updated   BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Refunds and disputes of what was paid.
CREATE TABLE IF NOT EXISTS billing_adjustment (
  tenant_id VARCHAR(32)  NOT NULL,
  id        VARCHAR(255) NOT NULL,
  kind      VARCHAR(16)  NOT NULL,
  state     VARCHAR(32)  NOT NULL,
  currency  CHAR(3)      NOT NULL,
  amount    BIGINT       NOT NULL,
  reason    VARCHAR(255) NOT NULL,
  updated   BIGINT       NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Webhook events whose effect is in the database; written in the effect's transaction.
CREATE TABLE IF NOT EXISTS billing_event (
  id       VARCHAR(255) NOT NULL PRIMARY KEY,
  type     VARCHAR(128) NOT NULL,
  received BIGINT       NOT NULL
);

-- What the last comparison of ledger, meter and invoice found; lost are units that the engine took
-- and did not count, and that were sent anew.
CREATE TABLE IF NOT EXISTS billing_reconciliation (
  tenant_id VARCHAR(32) NOT NULL,
  cycle     CHAR(10)    NOT NULL,
  meter     VARCHAR(64) NOT NULL,
  ledger    BIGINT      NOT NULL,
  assigned  BIGINT      NOT NULL,
  metered   BIGINT      NOT NULL,
  drift     BIGINT      NOT NULL,
  lost      BIGINT      NOT NULL,
  checked   BIGINT      NOT NULL,
  PRIMARY KEY (tenant_id, cycle, meter)
);
