-- +goose Up
CREATE TABLE totps (
  user_id BINARY(16) NOT NULL,
  secret VARBINARY(320) NOT NULL,
  last_counter BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  confirmed_at DATETIME(6),
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
