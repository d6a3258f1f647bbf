-- +goose Up
ALTER TABLE payouts ADD COLUMN bank_reference TEXT NOT NULL DEFAULT '';
