-- +goose Up
ALTER TABLE periods ADD COLUMN statement_count INTEGER NOT NULL DEFAULT 0;
UPDATE periods SET statement_count = (SELECT COUNT(*) FROM statements WHERE statements.period_id = periods.id);
