-- +goose Up
ALTER TABLE refunds ADD COLUMN kind TEXT NOT NULL DEFAULT 'REFUND';
ALTER TABLE refunds ADD COLUMN items TEXT NOT NULL DEFAULT '';
DROP INDEX refunds_key;
CREATE UNIQUE INDEX refunds_key ON refunds (program_id, source, external_id, kind);
