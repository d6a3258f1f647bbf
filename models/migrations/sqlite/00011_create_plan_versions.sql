-- +goose Up
CREATE TABLE plan_versions (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  source TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  effective_at DATETIME NOT NULL,
  published_at DATETIME NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX plan_versions_number ON plan_versions (program_id, number);
