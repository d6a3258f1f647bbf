-- +goose Up
ALTER TABLE refunds
  ADD COLUMN kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'REFUND',
  ADD COLUMN items MEDIUMTEXT NOT NULL DEFAULT (''),
  DROP KEY refunds_key,
  ADD UNIQUE KEY refunds_key (program_id, source, external_id, kind);
