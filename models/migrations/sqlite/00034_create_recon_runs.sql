-- +goose Up
CREATE TABLE recon_runs (
  id BLOB NOT NULL,
  batch_id BLOB NOT NULL,
  started_at DATETIME NOT NULL,
  finished_at DATETIME NOT NULL,
  transfer_count INTEGER NOT NULL,
  finding_count INTEGER NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX recon_runs_batch ON recon_runs (batch_id, id);
