-- +goose Up
ALTER TABLE payouts ADD COLUMN payable_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payouts ADD COLUMN debt_taken_minor BIGINT NOT NULL DEFAULT 0;
UPDATE payouts SET payable_minor = amount_minor;
