-- +goose Up
CREATE INDEX conversions_state ON conversions (program_id, state, id);
