-- +goose Up
CREATE TABLE api_keys (
  id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  scopes TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  last_used_at DATETIME,
  revoked_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_prefix ON api_keys (prefix);
CREATE INDEX api_keys_merchant ON api_keys (merchant_id, id);
