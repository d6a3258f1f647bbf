-- +goose Up
CREATE TABLE webhook_deliveries (
  id BLOB NOT NULL,
  endpoint_id BLOB NOT NULL,
  event_number INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  event_type TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  first_tried_at DATETIME,
  last_tried_at DATETIME,
  next_try_at DATETIME,
  status_code INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  failure TEXT NOT NULL,
  response TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  finished_at DATETIME,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, state, next_try_at);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (finished_at);
