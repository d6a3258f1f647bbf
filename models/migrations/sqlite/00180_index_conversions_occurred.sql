-- +goose Up
CREATE INDEX conversions_occurred ON conversions (program_id, occurred_at, id);
