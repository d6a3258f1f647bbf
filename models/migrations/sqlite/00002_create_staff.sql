-- +goose Up
CREATE TABLE staff (
  merchant_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  role TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (merchant_id, user_id)
) WITHOUT ROWID;
CREATE INDEX staff_user ON staff (user_id);
