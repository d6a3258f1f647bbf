-- +goose Up
CREATE TABLE settlement_members (
  period_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  code TEXT NOT NULL,
  group_code TEXT NOT NULL,
  inactive BOOLEAN NOT NULL,
  PRIMARY KEY (period_id, enrollment_id)
) WITHOUT ROWID;
