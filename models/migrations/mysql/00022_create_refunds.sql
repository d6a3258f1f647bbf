-- +goose Up
CREATE TABLE refunds (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  conversion_id BINARY(16) NOT NULL,
  source VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  external_id VARCHAR(190) NOT NULL,
  content_hash BINARY(32) NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  received_at DATETIME(6) NOT NULL,
  source_amount_minor BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY refunds_key (program_id, source, external_id),
  KEY refunds_conversion (conversion_id),
  KEY refunds_listed (program_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
