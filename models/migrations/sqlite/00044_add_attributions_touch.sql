-- +goose Up
ALTER TABLE attributions ADD COLUMN link_code TEXT NOT NULL DEFAULT '';
ALTER TABLE attributions ADD COLUMN sub_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE attributions ADD COLUMN released_by TEXT NOT NULL DEFAULT '';
ALTER TABLE attributions ADD COLUMN released_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE attributions ADD COLUMN released_at DATETIME;
