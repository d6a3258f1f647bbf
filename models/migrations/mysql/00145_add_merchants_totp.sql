-- +goose Up
ALTER TABLE merchants ADD COLUMN totp_for_payouts BOOLEAN NOT NULL DEFAULT FALSE;
