-- +goose Up
CREATE TABLE stripe_events (
  id BLOB NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  account TEXT NOT NULL,
  livemode BOOLEAN NOT NULL,
  payload TEXT NOT NULL,
  received_at DATETIME NOT NULL,
  handled_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX stripe_events_event ON stripe_events (event_id);
