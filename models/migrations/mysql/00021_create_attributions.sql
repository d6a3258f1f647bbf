-- +goose Up
CREATE TABLE attributions (
  conversion_id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16),
  method VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  touch_id BINARY(16),
  hold_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  policy VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  window_days INT NOT NULL,
  detail MEDIUMTEXT NOT NULL,
  decided_at DATETIME(6) NOT NULL,
  PRIMARY KEY (conversion_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
