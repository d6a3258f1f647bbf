-- +goose Up
CREATE TABLE sponsor_changes (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  child_id BLOB NOT NULL,
  open_child_id BLOB,
  sponsor_id BLOB NOT NULL,
  effective_at DATETIME NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  by_partner BOOLEAN NOT NULL,
  requested_at DATETIME NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at DATETIME,
  decision_reason TEXT NOT NULL,
  applied_at DATETIME,
  refusal_code TEXT NOT NULL,
  refusal TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sponsor_changes_open ON sponsor_changes (open_child_id);
CREATE INDEX sponsor_changes_listed ON sponsor_changes (program_id, id);
CREATE INDEX sponsor_changes_by_state ON sponsor_changes (program_id, state, id);
CREATE INDEX sponsor_changes_due ON sponsor_changes (state, effective_at);
