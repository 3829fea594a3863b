-- Identity and place of every tenant; written before anything else is done for it.
CREATE TABLE IF NOT EXISTS placement (
  tenant_id  VARCHAR(32)  NOT NULL PRIMARY KEY,
  namespace  VARCHAR(63)  NOT NULL,
  name       VARCHAR(253) NOT NULL,
  uid        VARCHAR(64)  NOT NULL,
  shard_pool VARCHAR(253) NOT NULL,
  shard      VARCHAR(253) NOT NULL,
  created    BIGINT       NOT NULL,
  CONSTRAINT placement_name UNIQUE (namespace, name)
);

-- API keys that tenants and the platform made; the secret itself is nowhere.
CREATE TABLE IF NOT EXISTS api_key (
  tenant_id VARCHAR(32)  NOT NULL,
  hash      CHAR(64)     NOT NULL,
  label     VARCHAR(64)  NOT NULL,
  scopes    VARCHAR(1024) NOT NULL,
  created   BIGINT       NOT NULL,
  expires   BIGINT,
  revoked   BOOLEAN      NOT NULL,
  PRIMARY KEY (tenant_id, hash)
);
