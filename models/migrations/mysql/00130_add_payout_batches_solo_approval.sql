-- +goose Up
ALTER TABLE payout_batches ADD COLUMN solo_approval_minor BIGINT NOT NULL DEFAULT 0;
