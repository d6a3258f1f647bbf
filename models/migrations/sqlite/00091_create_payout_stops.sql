-- +goose Up
CREATE TABLE payout_stops (
  id BLOB NOT NULL,
  scope_id BLOB NOT NULL,
  active_scope_id BLOB,
  reason TEXT NOT NULL,
  stopped_by TEXT NOT NULL,
  stopped_at DATETIME NOT NULL,
  started_by TEXT NOT NULL,
  started_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX payout_stops_active ON payout_stops (active_scope_id);
CREATE INDEX payout_stops_scope ON payout_stops (scope_id, id);
