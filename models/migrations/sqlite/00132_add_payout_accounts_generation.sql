-- +goose Up
ALTER TABLE payout_accounts ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
