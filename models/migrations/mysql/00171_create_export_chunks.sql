-- +goose Up
CREATE TABLE export_chunks (
  export_id BINARY(16) NOT NULL,
  seq INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  PRIMARY KEY (export_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
