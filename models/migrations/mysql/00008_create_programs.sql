-- +goose Up
CREATE TABLE programs (
  id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  slug VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(200) NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  domains MEDIUMTEXT NOT NULL,
  auto_approve BOOLEAN NOT NULL,
  attribution_window_days INT NOT NULL,
  max_depth INT NOT NULL,
  partner_depth INT NOT NULL,
  min_payout_minor BIGINT NOT NULL,
  solo_approval_minor BIGINT NOT NULL,
  rail VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  terms_version INT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY programs_slug (merchant_id, slug)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
