-- +goose Up
CREATE TABLE links (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  code TEXT NOT NULL,
  destination_url TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX links_code ON links (code);
CREATE INDEX links_listed ON links (program_id, id);
CREATE INDEX links_enrollment ON links (enrollment_id, id);
