-- +goose Up
CREATE TABLE commissions (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  source_id BLOB NOT NULL,
  ordinal INTEGER NOT NULL,
  kind TEXT NOT NULL,
  corrects_id BLOB,
  cause_id BLOB,
  plan_version_id BLOB NOT NULL,
  rule_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  via_id BLOB,
  basis_minor INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  matures_at DATETIME NOT NULL,
  period_id BLOB NOT NULL,
  journal_id BLOB NOT NULL,
  occurred_at DATETIME NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX commissions_source ON commissions (source_id, ordinal);
CREATE INDEX commissions_period ON commissions (period_id, enrollment_id, amount_minor);
CREATE INDEX commissions_enrollment ON commissions (enrollment_id, id);
