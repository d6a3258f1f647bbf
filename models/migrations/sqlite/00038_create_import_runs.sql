-- +goose Up
CREATE TABLE import_runs (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  file_hash BLOB NOT NULL,
  rows_done INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  started_at DATETIME NOT NULL,
  finished_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX import_runs_file ON import_runs (program_id, kind, file_hash);
