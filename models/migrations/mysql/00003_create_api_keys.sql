-- +goose Up
CREATE TABLE api_keys (
  id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  name VARCHAR(100) NOT NULL,
  prefix VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret_hash BINARY(32) NOT NULL,
  scopes VARCHAR(500) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6),
  revoked_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY api_keys_prefix (prefix),
  KEY api_keys_merchant (merchant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
