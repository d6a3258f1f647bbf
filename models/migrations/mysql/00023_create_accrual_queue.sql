-- +goose Up
CREATE TABLE accrual_queue (
  program_id BINARY(16) NOT NULL,
  shard INT NOT NULL,
  id BINARY(16) NOT NULL,
  root_id BINARY(16) NOT NULL,
  kind VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (program_id, shard, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
