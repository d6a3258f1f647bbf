-- +goose Up
CREATE TABLE accrual_queue (
  program_id BLOB NOT NULL,
  shard INTEGER NOT NULL,
  id BLOB NOT NULL,
  root_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (program_id, shard, id)
) WITHOUT ROWID;
