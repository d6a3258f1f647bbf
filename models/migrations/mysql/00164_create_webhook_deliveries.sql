-- +goose Up
CREATE TABLE webhook_deliveries (
  id BINARY(16) NOT NULL,
  endpoint_id BINARY(16) NOT NULL,
  event_number BIGINT NOT NULL,
  event_id BINARY(16) NOT NULL,
  event_type VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT NOT NULL,
  first_tried_at DATETIME(6),
  last_tried_at DATETIME(6),
  next_try_at DATETIME(6),
  status_code INT NOT NULL,
  latency_ms BIGINT NOT NULL,
  failure VARCHAR(200) NOT NULL,
  response VARCHAR(1000) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6),
  PRIMARY KEY (id),
  KEY webhook_deliveries_listed (endpoint_id, id),
  KEY webhook_deliveries_due (endpoint_id, state, next_try_at),
  KEY webhook_deliveries_old (finished_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
