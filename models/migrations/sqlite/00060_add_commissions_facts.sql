-- +goose Up
ALTER TABLE commissions ADD COLUMN facts TEXT NOT NULL DEFAULT '';
