-- +goose Up
CREATE TABLE sessions (
  id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  merchant_id BINARY(16),
  address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_agent VARCHAR(200) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  confirmed_at DATETIME(6),
  ended_at DATETIME(6),
  PRIMARY KEY (id),
  KEY sessions_user (user_id, used_at),
  KEY sessions_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
