-- +goose Up
CREATE TABLE payouts (
  id BLOB NOT NULL,
  batch_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  partner_id BLOB NOT NULL,
  rail TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  destination TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  reserved BOOLEAN NOT NULL,
  generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  claim_token TEXT NOT NULL,
  claim_until DATETIME,
  first_attempt_at DATETIME,
  next_try_at DATETIME,
  transfer_id TEXT,
  reversed_minor INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  settled_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payouts_enrollment ON payouts (batch_id, enrollment_id);
CREATE UNIQUE INDEX payouts_transfer ON payouts (transfer_id);
CREATE INDEX payouts_listed ON payouts (enrollment_id, id);
CREATE INDEX payouts_state ON payouts (state, next_try_at);
CREATE INDEX payouts_batch ON payouts (batch_id, state, id);
