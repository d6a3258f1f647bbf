-- +goose Up
ALTER TABLE recon_findings ADD COLUMN resolved_by VARCHAR(100) NOT NULL DEFAULT '';
ALTER TABLE recon_findings ADD COLUMN resolved_reason VARCHAR(200) NOT NULL DEFAULT '';
ALTER TABLE recon_findings ADD COLUMN resolved_at DATETIME(6);
