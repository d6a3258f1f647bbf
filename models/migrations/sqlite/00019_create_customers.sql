-- +goose Up
CREATE TABLE customers (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  external_id TEXT NOT NULL,
  enrollment_id BLOB,
  bound_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX customers_external ON customers (program_id, external_id);
