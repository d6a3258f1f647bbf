-- +goose Up
CREATE TABLE whatif_partners (
  run_id BLOB NOT NULL,
  place BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  actual_minor INTEGER NOT NULL,
  draft_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (run_id, place)
) WITHOUT ROWID;
