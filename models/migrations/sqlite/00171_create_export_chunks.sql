-- +goose Up
CREATE TABLE export_chunks (
  export_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (export_id, seq)
);
