-- +goose Up
CREATE TABLE import_rejections (
  run_id BLOB NOT NULL,
  line INTEGER NOT NULL,
  code TEXT NOT NULL,
  field TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (run_id, line)
) WITHOUT ROWID;
