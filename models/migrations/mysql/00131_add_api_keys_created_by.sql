-- +goose Up
ALTER TABLE api_keys ADD COLUMN created_by VARCHAR(100) NOT NULL DEFAULT '';
