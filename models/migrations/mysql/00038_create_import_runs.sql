-- +goose Up
CREATE TABLE import_runs (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  file_hash BINARY(32) NOT NULL,
  rows_done BIGINT NOT NULL,
  rejected BIGINT NOT NULL,
  started_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY import_runs_file (program_id, kind, file_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
