-- Which version each label of a prompt points to. A label that is moved to a version that is not
-- served stays at this one, also when all replicas are started anew.
CREATE TABLE IF NOT EXISTS prompt_label (
  namespace VARCHAR(63)  NOT NULL,
  prompt    VARCHAR(253) NOT NULL,
  label     VARCHAR(253) NOT NULL,
  version   INT          NOT NULL,
  PRIMARY KEY (namespace, prompt, label)
) DEFAULT CHARSET=utf8mb4;
