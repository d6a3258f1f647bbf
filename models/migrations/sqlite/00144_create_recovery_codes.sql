-- +goose Up
CREATE TABLE recovery_codes (
  user_id BLOB NOT NULL,
  code_hash BLOB NOT NULL,
  used_at DATETIME,
  PRIMARY KEY (user_id, code_hash)
) WITHOUT ROWID;
