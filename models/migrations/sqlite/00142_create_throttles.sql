-- +goose Up
CREATE TABLE throttles (
  subject BLOB NOT NULL,
  attempts INTEGER NOT NULL,
  opens_at DATETIME NOT NULL,
  forgets_at DATETIME NOT NULL,
  PRIMARY KEY (subject)
) WITHOUT ROWID;
CREATE INDEX throttles_forget ON throttles (forgets_at);
