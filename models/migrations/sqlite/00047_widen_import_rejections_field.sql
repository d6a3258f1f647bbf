-- +goose Up
-- Texts have no length here.
SELECT 1;
