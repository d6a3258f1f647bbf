-- +goose Up
CREATE TABLE audit_entries (
  id BINARY(16) NOT NULL,
  transaction_id BINARY(16) NOT NULL,
  merchant_id BINARY(16) NOT NULL,
  recorded_at DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  action VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  entity VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  entity_id BINARY(16) NOT NULL,
  op VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  row_count BIGINT NOT NULL,
  before_json MEDIUMTEXT NOT NULL,
  after_json MEDIUMTEXT NOT NULL,
  digest BINARY(32) NOT NULL,
  block BIGINT,
  PRIMARY KEY (id),
  KEY audit_entries_merchant (merchant_id, id),
  KEY audit_entries_entity (merchant_id, entity_id, id),
  KEY audit_entries_actor (merchant_id, actor, id),
  KEY audit_entries_action (merchant_id, action, id),
  KEY audit_entries_block (block, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
