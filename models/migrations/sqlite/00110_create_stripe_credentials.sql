-- +goose Up
CREATE TABLE stripe_credentials (
  merchant_id BLOB NOT NULL,
  version_id BLOB NOT NULL,
  platform TEXT NOT NULL,
  livemode BOOLEAN NOT NULL,
  secret_key BLOB NOT NULL,
  webhook_secret BLOB NOT NULL,
  last_four TEXT NOT NULL,
  set_by TEXT NOT NULL,
  set_at DATETIME NOT NULL,
  PRIMARY KEY (merchant_id)
) WITHOUT ROWID;
