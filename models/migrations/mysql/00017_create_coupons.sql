-- +goose Up
CREATE TABLE coupons (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  active BOOLEAN NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY coupons_code (program_id, code),
  KEY coupons_listed (program_id, id),
  KEY coupons_enrollment (enrollment_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
