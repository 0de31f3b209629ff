-- Schema 3: a person has a name in two parts, and nothing else. v1 cannot run on it,
-- and there is no way back: the column is gone. It may be run again.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP TRIGGER IF EXISTS both_names ON people;
DROP FUNCTION IF EXISTS both_names();
ALTER TABLE people DROP COLUMN IF EXISTS name;
ALTER TABLE people ALTER COLUMN first_name SET NOT NULL, ALTER COLUMN last_name SET NOT NULL;
UPDATE schema_version SET number = 3 WHERE number = 2;
COMMIT;
