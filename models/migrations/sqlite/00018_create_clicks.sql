-- +goose Up
CREATE TABLE clicks (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  link_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  clicked_at DATETIME NOT NULL,
  referrer TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_hash BLOB NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX clicks_listed ON clicks (program_id, id);
CREATE INDEX clicks_link ON clicks (link_id, id);
