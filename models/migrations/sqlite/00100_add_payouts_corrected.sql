-- +goose Up
ALTER TABLE payouts ADD COLUMN corrected_minor INTEGER NOT NULL DEFAULT 0;
