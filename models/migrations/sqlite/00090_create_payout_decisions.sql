-- +goose Up
CREATE TABLE payout_decisions (
  id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  batch_id BLOB NOT NULL,
  payout_id BLOB,
  finding_id BLOB,
  open_subject_id BLOB,
  generation INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  transfer_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_at DATETIME NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payout_decisions_open ON payout_decisions (open_subject_id);
CREATE INDEX payout_decisions_batch ON payout_decisions (batch_id, id);
CREATE INDEX payout_decisions_payout ON payout_decisions (payout_id, id);
