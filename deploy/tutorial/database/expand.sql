-- Schema 2: a person has a name, and the same in two parts. Both versions of the
-- service can run: the trigger makes what a new person lacks from what it has. It may be run
-- again.
BEGIN;
SET LOCAL client_min_messages = warning; -- no word of what is there already
ALTER TABLE people ADD COLUMN IF NOT EXISTS first_name text, ADD COLUMN IF NOT EXISTS last_name text;
ALTER TABLE people ALTER COLUMN name DROP NOT NULL;

CREATE OR REPLACE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.first_name IS NULL THEN
    NEW.first_name := split_part(NEW.name, ' ', 1);
    NEW.last_name := substr(NEW.name, length(NEW.first_name) + 2);
  ELSE
    NEW.name := NEW.first_name || ' ' || NEW.last_name;
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER both_names BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION both_names();

UPDATE people SET first_name = split_part(name, ' ', 1), last_name = substr(name, length(split_part(name, ' ', 1)) + 2)
  WHERE first_name IS NULL;
UPDATE schema_version SET number = 2 WHERE number = 1;
COMMIT;
