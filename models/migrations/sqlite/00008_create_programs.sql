-- +goose Up
CREATE TABLE programs (
  id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  period_kind TEXT NOT NULL,
  domains TEXT NOT NULL,
  auto_approve BOOLEAN NOT NULL,
  attribution_window_days INTEGER NOT NULL,
  max_depth INTEGER NOT NULL,
  partner_depth INTEGER NOT NULL,
  min_payout_minor INTEGER NOT NULL,
  solo_approval_minor INTEGER NOT NULL,
  rail TEXT NOT NULL,
  terms_version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX programs_slug ON programs (merchant_id, slug);
