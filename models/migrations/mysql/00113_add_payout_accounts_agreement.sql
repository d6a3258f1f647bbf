-- +goose Up
ALTER TABLE payout_accounts ADD COLUMN agreement VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
