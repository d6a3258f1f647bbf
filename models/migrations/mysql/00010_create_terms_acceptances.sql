-- +goose Up
CREATE TABLE terms_acceptances (
  enrollment_id BINARY(16) NOT NULL,
  terms_id BINARY(16) NOT NULL,
  accepted_at DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  PRIMARY KEY (enrollment_id, terms_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
