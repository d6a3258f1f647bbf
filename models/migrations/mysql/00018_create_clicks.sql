-- +goose Up
CREATE TABLE clicks (
  id BINARY(16) NOT NULL,
  program_id BINARY(16) NOT NULL,
  link_id BINARY(16) NOT NULL,
  enrollment_id BINARY(16) NOT NULL,
  clicked_at DATETIME(6) NOT NULL,
  referrer VARCHAR(500) NOT NULL,
  user_agent VARCHAR(300) NOT NULL,
  ip_hash BINARY(32) NOT NULL,
  PRIMARY KEY (id),
  KEY clicks_listed (program_id, id),
  KEY clicks_link (link_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
