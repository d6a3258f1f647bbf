-- +goose Up
CREATE TABLE enrollments (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  partner_id BLOB NOT NULL,
  external_id TEXT,
  code TEXT NOT NULL,
  group_id BLOB,
  status TEXT NOT NULL,
  rail TEXT NOT NULL,
  payout_held_at DATETIME,
  payout_hold_reason TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  decided_at DATETIME,
  decided_by TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX enrollments_partner ON enrollments (program_id, partner_id);
CREATE UNIQUE INDEX enrollments_external ON enrollments (program_id, external_id);
CREATE UNIQUE INDEX enrollments_code ON enrollments (program_id, code);
CREATE INDEX enrollments_listed ON enrollments (program_id, id);
CREATE INDEX enrollments_of_partner ON enrollments (partner_id, id);
