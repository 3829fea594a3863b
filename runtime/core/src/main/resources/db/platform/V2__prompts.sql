-- MariaDB before 11.6 makes tables that lose what is not Latin, unless told.

-- The first content that was accepted of each version of a prompt; it is what is served, whatever
-- the resource says later.
CREATE TABLE IF NOT EXISTS prompt_version (
  namespace VARCHAR(63)  NOT NULL,
  prompt    VARCHAR(253) NOT NULL,
  version   INT          NOT NULL,
  digest    CHAR(64)     NOT NULL,
  body      MEDIUMTEXT   NOT NULL,
  accepted  BIGINT       NOT NULL,
  PRIMARY KEY (namespace, prompt, version)
) DEFAULT CHARSET=utf8mb4;

-- When each design of an experiment (salt, versions and weights) was first served: what was seen
-- before belongs to another one.
CREATE TABLE IF NOT EXISTS experiment_design (
  namespace  VARCHAR(63)  NOT NULL,
  experiment VARCHAR(253) NOT NULL,
  design     CHAR(64)     NOT NULL,
  since      BIGINT       NOT NULL,
  PRIMARY KEY (namespace, experiment, design)
) DEFAULT CHARSET=utf8mb4;

-- What guards have found, once each salt of an experiment; never taken back but by another salt.
CREATE TABLE IF NOT EXISTS experiment_verdict (
  namespace  VARCHAR(63)   NOT NULL,
  experiment VARCHAR(253)  NOT NULL,
  salt       VARCHAR(253)  NOT NULL,
  variant    VARCHAR(63)   NOT NULL,
  reason     VARCHAR(1024) NOT NULL,
  at         BIGINT        NOT NULL,
  PRIMARY KEY (namespace, experiment, salt)
) DEFAULT CHARSET=utf8mb4;
