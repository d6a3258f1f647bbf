-- +goose Up
CREATE TABLE recon_findings (
  id BLOB NOT NULL,
  run_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  payout_id BLOB,
  transfer_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX recon_findings_run ON recon_findings (run_id);
