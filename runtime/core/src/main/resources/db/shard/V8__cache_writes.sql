-- Tokens of a prompt that the provider wrote into its cache, and those of them that it keeps for an
-- hour.
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS tokens_cache_write BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_record ADD COLUMN IF NOT EXISTS tokens_cache_write_hour BIGINT NOT NULL DEFAULT 0;
