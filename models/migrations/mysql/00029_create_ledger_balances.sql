-- +goose Up
CREATE TABLE ledger_balances (
  owner_id BINARY(16) NOT NULL,
  account VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  program_id BINARY(16) NOT NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  balance_minor BIGINT NOT NULL,
  PRIMARY KEY (owner_id, account),
  KEY ledger_balances_program (program_id, account, owner_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
