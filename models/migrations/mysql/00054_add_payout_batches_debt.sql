-- +goose Up
ALTER TABLE payout_batches ADD COLUMN through_period_id BINARY(16);
ALTER TABLE payout_batches ADD COLUMN debt_share_ppm BIGINT NOT NULL DEFAULT 1000000;
UPDATE payout_batches SET through_period_id = period_id;
