-- +goose Up
ALTER TABLE commissions ADD COLUMN facts MEDIUMTEXT NOT NULL DEFAULT ('');
