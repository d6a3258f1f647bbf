-- +goose Up
CREATE TABLE statements (
  period_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  opening_minor INTEGER NOT NULL,
  lines_minor INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  closing_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (period_id, enrollment_id)
) WITHOUT ROWID;
CREATE INDEX statements_enrollment ON statements (enrollment_id, period_id);
