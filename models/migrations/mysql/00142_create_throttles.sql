-- +goose Up
CREATE TABLE throttles (
  subject BINARY(32) NOT NULL,
  attempts INT NOT NULL,
  opens_at DATETIME(6) NOT NULL,
  forgets_at DATETIME(6) NOT NULL,
  PRIMARY KEY (subject),
  KEY throttles_forget (forgets_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
