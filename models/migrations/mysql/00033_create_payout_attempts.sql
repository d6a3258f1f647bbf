-- +goose Up
CREATE TABLE payout_attempts (
  id BINARY(16) NOT NULL,
  payout_id BINARY(16) NOT NULL,
  generation INT NOT NULL,
  seq INT NOT NULL,
  idem_key VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash BINARY(32) NOT NULL,
  sent_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6),
  outcome VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  http_status INT NOT NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  replayed BOOLEAN NOT NULL,
  error_code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY payout_attempts_seq (payout_id, generation, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
