-- +goose Up
CREATE TABLE merchants (
  id BLOB NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX merchants_slug ON merchants (slug);
