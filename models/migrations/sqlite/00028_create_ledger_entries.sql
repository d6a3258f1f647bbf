-- +goose Up
CREATE TABLE ledger_entries (
  owner_id BLOB NOT NULL,
  account TEXT NOT NULL,
  journal_id BLOB NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (journal_id, owner_id, account)
) WITHOUT ROWID;
