-- +goose Up
ALTER TABLE payouts ADD COLUMN bank_reference VARCHAR(60) NOT NULL DEFAULT '';
