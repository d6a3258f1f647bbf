-- +goose Up
ALTER TABLE payout_batches ADD COLUMN funds_asked_at DATETIME(6);
