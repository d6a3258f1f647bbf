-- +goose Up
CREATE TABLE totps (
  user_id BLOB NOT NULL,
  secret BLOB NOT NULL,
  last_counter INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  confirmed_at DATETIME,
  PRIMARY KEY (user_id)
) WITHOUT ROWID;
