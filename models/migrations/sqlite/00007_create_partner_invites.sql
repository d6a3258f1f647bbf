-- +goose Up
CREATE TABLE partner_invites (
  id BLOB NOT NULL,
  partner_id BLOB NOT NULL,
  token_hash BLOB NOT NULL,
  expires_at DATETIME NOT NULL,
  used_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX partner_invites_token ON partner_invites (token_hash);
CREATE INDEX partner_invites_partner ON partner_invites (partner_id);
