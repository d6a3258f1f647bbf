-- +goose Up
CREATE TABLE journals (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  kind VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  business_key VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  posted_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY journals_business_key (business_key),
  KEY journals_listed (program_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
