-- +goose Up
CREATE TABLE partners (
  id BLOB NOT NULL,
  user_id BLOB,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX partners_user ON partners (user_id);
CREATE UNIQUE INDEX partners_email ON partners (email);
