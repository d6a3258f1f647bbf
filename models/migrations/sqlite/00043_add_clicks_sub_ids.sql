-- +goose Up
ALTER TABLE clicks ADD COLUMN sub_ids TEXT NOT NULL DEFAULT '';
