-- +goose Up
CREATE TABLE payout_stops (
  id BINARY(16) NOT NULL,
  scope_id BINARY(16) NOT NULL,
  active_scope_id BINARY(16),
  reason VARCHAR(200) NOT NULL,
  stopped_by VARCHAR(100) NOT NULL,
  stopped_at DATETIME(6) NOT NULL,
  started_by VARCHAR(100) NOT NULL,
  started_at DATETIME(6),
  PRIMARY KEY (id),
  UNIQUE KEY payout_stops_active (active_scope_id),
  KEY payout_stops_scope (scope_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
