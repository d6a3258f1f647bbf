-- +goose Up
CREATE TABLE links (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  destination_url VARCHAR(2000) NOT NULL,
  active BOOLEAN NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY links_code (code),
  KEY links_listed (program_id, id),
  KEY links_enrollment (enrollment_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
