-- +goose Up
CREATE TABLE ledger_balances (
  owner_id BLOB NOT NULL,
  account TEXT NOT NULL,
  program_id BLOB NOT NULL,
  currency TEXT NOT NULL,
  balance_minor INTEGER NOT NULL,
  PRIMARY KEY (owner_id, account)
) WITHOUT ROWID;
CREATE INDEX ledger_balances_program ON ledger_balances (program_id, account, owner_id);
