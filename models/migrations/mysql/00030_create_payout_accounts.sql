-- +goose Up
CREATE TABLE payout_accounts (
  id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  partner_id BINARY(16) NOT NULL,
  rail VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  destination VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  country VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ready BOOLEAN NOT NULL,
  status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  requirements MEDIUMTEXT NOT NULL,
  destination_changed_at DATETIME(6) NOT NULL,
  checked_at DATETIME(6) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY payout_accounts_partner (merchant_id, partner_id, rail),
  UNIQUE KEY payout_accounts_destination (rail, destination, merchant_id, partner_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
