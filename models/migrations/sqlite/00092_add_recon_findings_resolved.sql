-- +goose Up
ALTER TABLE recon_findings ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';
ALTER TABLE recon_findings ADD COLUMN resolved_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE recon_findings ADD COLUMN resolved_at DATETIME;
