-- +goose Up
CREATE TABLE payout_decisions (
  id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  batch_id BINARY(16) NOT NULL,
  payout_id BINARY(16),
  finding_id BINARY(16),
  open_subject_id BINARY(16),
  generation INT NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transfer_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(200) NOT NULL,
  requested_by VARCHAR(100) NOT NULL,
  requested_at DATETIME(6) NOT NULL,
  decided_by VARCHAR(100) NOT NULL,
  decided_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY payout_decisions_open (open_subject_id),
  KEY payout_decisions_batch (batch_id, id),
  KEY payout_decisions_payout (payout_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
