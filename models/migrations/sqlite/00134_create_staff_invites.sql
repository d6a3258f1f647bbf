-- +goose Up
CREATE TABLE staff_invites (
  id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  token_hash BLOB NOT NULL,
  invited_by TEXT NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX staff_invites_token ON staff_invites (token_hash);
CREATE INDEX staff_invites_user ON staff_invites (user_id);
