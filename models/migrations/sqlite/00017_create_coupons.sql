-- +goose Up
CREATE TABLE coupons (
  id BLOB NOT NULL,
  program_id BLOB NOT NULL,
  enrollment_id BLOB NOT NULL,
  code TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX coupons_code ON coupons (program_id, code);
CREATE INDEX coupons_listed ON coupons (program_id, id);
CREATE INDEX coupons_enrollment ON coupons (enrollment_id, id);
