-- +goose Up
CREATE TABLE plan_versions (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  number INT NOT NULL,
  source MEDIUMTEXT NOT NULL,
  content_hash BINARY(32) NOT NULL,
  effective_at DATETIME(6) NOT NULL,
  published_at DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY plan_versions_number (program_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
