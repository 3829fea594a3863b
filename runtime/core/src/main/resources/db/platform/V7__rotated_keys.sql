-- A key that has a successor expires early; planned is when it was made to, and NULL for never.
ALTER TABLE api_key ADD COLUMN IF NOT EXISTS rotated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE api_key ADD COLUMN IF NOT EXISTS planned BIGINT;
