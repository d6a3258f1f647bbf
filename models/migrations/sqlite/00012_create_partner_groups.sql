-- +goose Up
CREATE TABLE partner_groups (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX partner_groups_code ON partner_groups (program_id, code);
