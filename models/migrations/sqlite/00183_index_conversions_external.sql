-- +goose Up
CREATE INDEX conversions_external ON conversions (program_id, external_id, id);
