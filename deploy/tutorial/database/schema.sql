-- Schema 1: a person has a name.
BEGIN;
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE schema_version (number int NOT NULL);
INSERT INTO schema_version VALUES (1);
INSERT INTO people (name) VALUES ('Ada Lovelace'), ('Alan Turing');
COMMIT;
