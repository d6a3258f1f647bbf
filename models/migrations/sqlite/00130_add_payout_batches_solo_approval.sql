-- +goose Up
ALTER TABLE payout_batches ADD COLUMN solo_approval_minor INTEGER NOT NULL DEFAULT 0;
