-- +goose Up
CREATE TABLE program_terms (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  version INT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  body_hash BINARY(32) NOT NULL,
  published_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY program_terms_version (program_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
