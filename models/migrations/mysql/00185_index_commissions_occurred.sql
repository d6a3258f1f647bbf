-- +goose Up
CREATE INDEX commissions_occurred ON commissions (enrollment_id, occurred_at, id);
