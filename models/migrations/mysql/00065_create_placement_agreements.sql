-- +goose Up
CREATE TABLE placement_agreements (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  placement VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY placement_agreements_listed (program_id, id),
  KEY placement_agreements_due (program_id, ends_at),
  KEY placement_agreements_enrollment (enrollment_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
