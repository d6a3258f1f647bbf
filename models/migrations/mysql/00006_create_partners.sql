-- +goose Up
CREATE TABLE partners (
  id BINARY(16) NOT NULL,
  user_id BINARY(16),
  email VARCHAR(254) NOT NULL,
  name VARCHAR(200) NOT NULL,
  country VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY partners_user (user_id),
  UNIQUE KEY partners_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
