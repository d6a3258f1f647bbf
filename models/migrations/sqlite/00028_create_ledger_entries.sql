-- +goose Up
CREATE TABLE ledger_entries (
  owner_id BLOB NOT NULL,
  account TEXT NOT NULL,
  journal_id BLOB NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (owner_id, account, journal_id)
) WITHOUT ROWID;
CREATE INDEX ledger_entries_journal ON ledger_entries (journal_id);
