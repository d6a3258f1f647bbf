-- +goose Up
CREATE INDEX payouts_amount ON payouts (batch_id, amount_minor, id);
