-- Where the ledger of a tenant is, also when the tenant is gone.
ALTER TABLE billing_account ADD COLUMN IF NOT EXISTS shard VARCHAR(253);
