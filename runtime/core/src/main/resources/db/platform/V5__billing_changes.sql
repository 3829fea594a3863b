-- Terms that held earlier in a billing cycle, before another plan took their place; JSON.
ALTER TABLE billing_cycle ADD COLUMN IF NOT EXISTS past TEXT;
-- Ids of events are forgotten after a time.
CREATE INDEX IF NOT EXISTS billing_event_age ON billing_event (received);
-- What the tenant left to be charged, and what its subscription charges now.
ALTER TABLE billing_account ADD COLUMN IF NOT EXISTS payment_method VARCHAR(255);
ALTER TABLE billing_account ADD COLUMN IF NOT EXISTS charged_method VARCHAR(255);
