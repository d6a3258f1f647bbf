-- +goose Up
CREATE TABLE stripe_events (
  id BINARY(16) NOT NULL,
  event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  livemode BOOLEAN NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  received_at DATETIME(6) NOT NULL,
  handled_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY stripe_events_event (event_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
