-- +goose Up
CREATE TABLE payout_accounts (
  id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  partner_id BLOB NOT NULL,
  rail TEXT NOT NULL,
  destination TEXT NOT NULL,
  country TEXT NOT NULL,
  ready BOOLEAN NOT NULL,
  status TEXT NOT NULL,
  requirements TEXT NOT NULL,
  destination_changed_at DATETIME NOT NULL,
  checked_at DATETIME NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payout_accounts_partner ON payout_accounts (merchant_id, partner_id, rail);
CREATE UNIQUE INDEX payout_accounts_destination ON payout_accounts (rail, destination, merchant_id, partner_id);
