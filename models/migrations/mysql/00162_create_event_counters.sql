-- +goose Up
CREATE TABLE event_counters (
  program_id BINARY(16) NOT NULL,
  last_number BIGINT NOT NULL,
  PRIMARY KEY (program_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
