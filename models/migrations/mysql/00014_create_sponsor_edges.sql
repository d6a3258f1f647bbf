-- +goose Up
CREATE TABLE sponsor_edges (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  child_id BINARY(16) NOT NULL,
  sponsor_id BINARY(16) NOT NULL,
  valid_from DATETIME(6) NOT NULL,
  valid_to DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  reason VARCHAR(200) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY sponsor_edges_child (child_id, valid_to),
  KEY sponsor_edges_sponsor (sponsor_id, valid_to, child_id),
  KEY sponsor_edges_program (program_id, valid_to)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
