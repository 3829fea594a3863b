-- Terms that held earlier in a billing cycle, before another plan took their place; JSON.
ALTER TABLE billing_cycle ADD COLUMN IF NOT EXISTS past TEXT;
