-- +goose Up
CREATE TABLE ledger_entries (
  owner_id BINARY(16) NOT NULL,
  account VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  journal_id BINARY(16) NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_minor BIGINT NOT NULL,
  PRIMARY KEY (journal_id, owner_id, account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
