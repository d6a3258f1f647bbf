-- +goose Up
ALTER TABLE api_keys ADD COLUMN replaced_by BINARY(16);
