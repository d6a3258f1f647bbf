-- +goose Up
ALTER TABLE plan_versions ADD COLUMN examples MEDIUMTEXT NOT NULL DEFAULT ('');
