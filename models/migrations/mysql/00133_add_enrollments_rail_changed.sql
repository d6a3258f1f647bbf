-- +goose Up
ALTER TABLE enrollments ADD COLUMN rail_changed_at DATETIME(6);
