-- +goose Up
CREATE TABLE mails (
  id BINARY(16) NOT NULL,
  recipient VARCHAR(254) NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tries INT NOT NULL,
  next_try_at DATETIME(6) NOT NULL,
  use_before DATETIME(6),
  sealed VARBINARY(4096) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  sent_at DATETIME(6),
  PRIMARY KEY (id),
  KEY mails_created (created_at, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
