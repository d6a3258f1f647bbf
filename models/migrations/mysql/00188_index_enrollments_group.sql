-- +goose Up
CREATE INDEX enrollments_group ON enrollments (program_id, group_id, id);
