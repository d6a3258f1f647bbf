-- +goose Up
CREATE INDEX enrollments_status ON enrollments (program_id, status, id);
