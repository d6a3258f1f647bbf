-- +goose Up
CREATE TABLE attributions (
  conversion_id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB,
  method TEXT NOT NULL,
  touch_id BLOB,
  hold_reason TEXT NOT NULL,
  policy TEXT NOT NULL,
  window_days INTEGER NOT NULL,
  detail TEXT NOT NULL,
  decided_at DATETIME NOT NULL,
  PRIMARY KEY (conversion_id)
) WITHOUT ROWID;
