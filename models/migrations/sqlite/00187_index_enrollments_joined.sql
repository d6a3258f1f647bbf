-- +goose Up
CREATE INDEX enrollments_joined ON enrollments (program_id, created_at, id);
