-- What people choose as a key is compared letter by letter, and may have any letters: MariaDB takes
-- upper and lower case, and a text with spaces behind it, for the same unless told.
ALTER TABLE billing_intent MODIFY COLUMN id VARCHAR(128) ${exact} NOT NULL;
ALTER TABLE billing_intent MODIFY COLUMN body TEXT ${exact} NOT NULL;
ALTER TABLE experiment_verdict MODIFY COLUMN salt VARCHAR(253) ${exact} NOT NULL;
