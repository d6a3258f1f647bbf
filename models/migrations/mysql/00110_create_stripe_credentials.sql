-- +goose Up
CREATE TABLE stripe_credentials (
  merchant_id BINARY(16) NOT NULL,
  version_id BINARY(16) NOT NULL,
  platform VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  livemode BOOLEAN NOT NULL,
  secret_key VARBINARY(320) NOT NULL,
  webhook_secret VARBINARY(320) NOT NULL,
  last_four VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  set_by VARCHAR(100) NOT NULL,
  set_at DATETIME(6) NOT NULL,
  PRIMARY KEY (merchant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
