-- +goose Up
CREATE TABLE enrollments (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  partner_id BINARY(16) NOT NULL,
  external_id VARCHAR(190),
  code VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  group_id BINARY(16),
  status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rail VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payout_held_at DATETIME(6),
  payout_hold_reason VARCHAR(200) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  decided_at DATETIME(6),
  decided_by VARCHAR(100) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY enrollments_partner (program_id, partner_id),
  UNIQUE KEY enrollments_external (program_id, external_id),
  UNIQUE KEY enrollments_code (program_id, code),
  KEY enrollments_listed (program_id, id),
  KEY enrollments_of_partner (partner_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
