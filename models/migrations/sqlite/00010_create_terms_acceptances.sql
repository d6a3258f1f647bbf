-- +goose Up
CREATE TABLE terms_acceptances (
  enrollment_id BLOB NOT NULL,
  terms_id BLOB NOT NULL,
  accepted_at DATETIME NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (enrollment_id, terms_id)
) WITHOUT ROWID;
