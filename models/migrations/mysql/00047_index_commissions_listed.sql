-- +goose Up
CREATE INDEX commissions_listed ON commissions (period_id, id);
