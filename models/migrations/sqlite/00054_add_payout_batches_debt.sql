-- +goose Up
ALTER TABLE payout_batches ADD COLUMN through_period_id BLOB;
ALTER TABLE payout_batches ADD COLUMN debt_share_ppm INTEGER NOT NULL DEFAULT 1000000;
UPDATE payout_batches SET through_period_id = period_id;
