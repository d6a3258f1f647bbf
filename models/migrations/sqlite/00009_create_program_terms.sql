-- +goose Up
CREATE TABLE program_terms (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  published_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX program_terms_version ON program_terms (program_id, version);
