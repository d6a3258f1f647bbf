-- +goose Up
CREATE INDEX conversions_won ON conversions (enrollment_id, occurred_at, id);
