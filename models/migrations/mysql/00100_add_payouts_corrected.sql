-- +goose Up
ALTER TABLE payouts ADD COLUMN corrected_minor BIGINT NOT NULL DEFAULT 0;
