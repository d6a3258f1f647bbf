-- +goose Up
CREATE TABLE conversions (
  id BLOB NOT NULL,
  root_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  content_hash BLOB NOT NULL,
  state TEXT NOT NULL,
  occurred_at DATETIME NOT NULL,
  received_at DATETIME NOT NULL,
  customer_id BLOB,
  enrollment_id BLOB,
  source_currency TEXT NOT NULL,
  source_amount_minor INTEGER NOT NULL,
  fx_rate TEXT NOT NULL,
  fx_source TEXT NOT NULL,
  fx_quoted_at DATETIME,
  amount_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  shipping_minor INTEGER NOT NULL,
  discount_minor INTEGER NOT NULL,
  items TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX conversions_key ON conversions (program_id, source, external_id, kind, revision);
CREATE INDEX conversions_root ON conversions (root_id, revision);
CREATE INDEX conversions_listed ON conversions (program_id, id);
CREATE INDEX conversions_enrollment ON conversions (enrollment_id, id);
CREATE INDEX conversions_customer ON conversions (customer_id, occurred_at);
