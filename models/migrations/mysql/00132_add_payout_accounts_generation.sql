-- +goose Up
ALTER TABLE payout_accounts ADD COLUMN generation INT NOT NULL DEFAULT 1;
