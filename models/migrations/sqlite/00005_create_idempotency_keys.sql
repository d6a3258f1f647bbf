-- +goose Up
CREATE TABLE idempotency_keys (
  tenant_id BLOB NOT NULL,
  operation TEXT NOT NULL,
  idem_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  response TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (tenant_id, operation, idem_key)
) WITHOUT ROWID;
