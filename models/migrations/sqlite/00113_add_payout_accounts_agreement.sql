-- +goose Up
ALTER TABLE payout_accounts ADD COLUMN agreement TEXT NOT NULL DEFAULT '';
