-- +goose Up
CREATE TABLE recon_findings (
  id BINARY(16) NOT NULL,
  run_id BINARY(16) NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payout_id BINARY(16),
  transfer_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  KEY recon_findings_run (run_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
