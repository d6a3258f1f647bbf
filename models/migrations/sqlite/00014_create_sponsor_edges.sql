-- +goose Up
CREATE TABLE sponsor_edges (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  child_id BLOB NOT NULL,
  sponsor_id BLOB NOT NULL,
  valid_from DATETIME NOT NULL,
  valid_to DATETIME NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sponsor_edges_child ON sponsor_edges (child_id, valid_to);
CREATE INDEX sponsor_edges_sponsor ON sponsor_edges (sponsor_id, valid_to, child_id);
CREATE INDEX sponsor_edges_program ON sponsor_edges (program_id, valid_to);
