-- +goose Up
CREATE TABLE manual_lines (
  commission_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  reverses_id BLOB,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (commission_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX manual_lines_reverses ON manual_lines (reverses_id);
