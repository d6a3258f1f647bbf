-- +goose Up
ALTER TABLE statements ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE statements SET number = numbered.n FROM (
  SELECT s.period_id, s.enrollment_id, ROW_NUMBER() OVER (PARTITION BY p.program_id ORDER BY p.starts_at, s.enrollment_id) AS n
  FROM statements s JOIN periods p ON p.id = s.period_id
) AS numbered WHERE numbered.period_id = statements.period_id AND numbered.enrollment_id = statements.enrollment_id;
