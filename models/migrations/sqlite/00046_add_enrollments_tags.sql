-- +goose Up
ALTER TABLE enrollments ADD COLUMN tags TEXT NOT NULL DEFAULT '';
