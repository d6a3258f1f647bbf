-- +goose Up
CREATE TABLE webhook_endpoints (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB,
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  secret BLOB NOT NULL,
  old_secret BLOB NOT NULL,
  old_until DATETIME,
  state TEXT NOT NULL,
  park_reason TEXT NOT NULL,
  parked_at DATETIME,
  cursor_number INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  failing_since DATETIME,
  paused_until DATETIME,
  claim_until DATETIME,
  rung BOOLEAN NOT NULL,
  replayed_at DATETIME,
  replayed_from_number INTEGER NOT NULL,
  tested_at DATETIME,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX webhook_endpoints_program ON webhook_endpoints (program_id, id);
CREATE INDEX webhook_endpoints_enrollment ON webhook_endpoints (enrollment_id, id);
CREATE INDEX webhook_endpoints_state ON webhook_endpoints (state, paused_until);
