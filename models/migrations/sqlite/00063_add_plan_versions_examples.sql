-- +goose Up
ALTER TABLE plan_versions ADD COLUMN examples TEXT NOT NULL DEFAULT '';
