-- +goose Up
ALTER TABLE commissions ADD KEY commissions_pending (period_id, enrollment_id, amount_minor, matures_at);
ALTER TABLE commissions DROP KEY commissions_period;
