-- +goose Up
CREATE INDEX commissions_pending ON commissions (period_id, enrollment_id, amount_minor, matures_at);
DROP INDEX commissions_period;
