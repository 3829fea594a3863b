-- What was paid with the payment that was given back or is disputed; those of before do not say it.
ALTER TABLE billing_adjustment ADD COLUMN IF NOT EXISTS invoice VARCHAR(255);
