-- +goose Up
CREATE TABLE statements (
  period_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  opening_minor BIGINT NOT NULL,
  lines_minor BIGINT NOT NULL,
  line_count BIGINT NOT NULL,
  closing_minor BIGINT NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (period_id, enrollment_id),
  KEY statements_enrollment (enrollment_id, period_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
