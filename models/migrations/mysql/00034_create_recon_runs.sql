-- +goose Up
CREATE TABLE recon_runs (
  id BINARY(16) NOT NULL,
  batch_id BINARY(16) NOT NULL,
  started_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6) NOT NULL,
  transfer_count INT NOT NULL,
  finding_count INT NOT NULL,
  PRIMARY KEY (id),
  KEY recon_runs_batch (batch_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
