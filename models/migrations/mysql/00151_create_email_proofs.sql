-- +goose Up
CREATE TABLE email_proofs (
  purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject BINARY(32) NOT NULL,
  user_id BINARY(16),
  email VARCHAR(254) NOT NULL,
  token_hash BINARY(32) NOT NULL,
  asked_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  used_at DATETIME(6),
  PRIMARY KEY (purpose, subject),
  UNIQUE KEY email_proofs_token (token_hash),
  KEY email_proofs_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
