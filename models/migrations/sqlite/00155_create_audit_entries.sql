-- +goose Up
CREATE TABLE audit_entries (
  id BLOB NOT NULL,
  transaction_id BLOB NOT NULL,
  merchant_id BLOB NOT NULL,
  recorded_at DATETIME NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  request_id TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id BLOB NOT NULL,
  op TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  before_json TEXT NOT NULL,
  after_json TEXT NOT NULL,
  digest BLOB NOT NULL,
  block INTEGER,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX audit_entries_merchant ON audit_entries (merchant_id, id);
CREATE INDEX audit_entries_entity ON audit_entries (merchant_id, entity_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (merchant_id, actor, id);
CREATE INDEX audit_entries_action ON audit_entries (merchant_id, action, id);
CREATE INDEX audit_entries_block ON audit_entries (block, id);
