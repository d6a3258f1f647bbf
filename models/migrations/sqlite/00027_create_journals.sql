-- +goose Up
CREATE TABLE journals (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  business_key TEXT NOT NULL,
  posted_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX journals_business_key ON journals (business_key);
CREATE INDEX journals_listed ON journals (program_id, id);
