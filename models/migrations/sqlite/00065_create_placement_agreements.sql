-- +goose Up
CREATE TABLE placement_agreements (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  placement TEXT NOT NULL,
  starts_at DATETIME NOT NULL,
  ends_at DATETIME NOT NULL,
  actor TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX placement_agreements_listed ON placement_agreements (program_id, id);
CREATE INDEX placement_agreements_due ON placement_agreements (program_id, ends_at);
CREATE INDEX placement_agreements_enrollment ON placement_agreements (enrollment_id, id);
