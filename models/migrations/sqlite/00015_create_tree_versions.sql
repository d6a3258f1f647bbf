-- +goose Up
CREATE TABLE tree_versions (
  program_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (program_id)
) WITHOUT ROWID;
