-- +goose Up
CREATE TABLE whatif_partners (
  run_id BINARY(16) NOT NULL,
  place BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  actual_minor BIGINT NOT NULL,
  draft_minor BIGINT NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (run_id, place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
