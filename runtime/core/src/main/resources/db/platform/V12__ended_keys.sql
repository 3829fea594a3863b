-- When a key was seen to be revoked, so that it can be forgotten a while later.
ALTER TABLE api_key ADD COLUMN IF NOT EXISTS ended BIGINT;
