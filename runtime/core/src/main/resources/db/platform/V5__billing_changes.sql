-- Terms that held earlier in a billing cycle, before another plan took their place; JSON.
ALTER TABLE billing_cycle ADD COLUMN IF NOT EXISTS past TEXT;
-- Ids of events are forgotten after a time.
CREATE INDEX IF NOT EXISTS billing_event_age ON billing_event (received);
