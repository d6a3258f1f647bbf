-- +goose Up
CREATE TABLE refresh_tokens (
  token_hash BINARY(32) NOT NULL,
  session_id BINARY(16) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6),
  PRIMARY KEY (token_hash),
  KEY refresh_tokens_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
