-- +goose Up
CREATE TABLE tree_versions (
  program_id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (program_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
