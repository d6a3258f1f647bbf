-- +goose Up
CREATE TABLE refunds (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  conversion_id BLOB NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  occurred_at DATETIME NOT NULL,
  received_at DATETIME NOT NULL,
  source_amount_minor INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX refunds_key ON refunds (program_id, source, external_id);
CREATE INDEX refunds_conversion ON refunds (conversion_id);
CREATE INDEX refunds_listed ON refunds (program_id, id);
