-- +goose Up
CREATE INDEX partners_name ON partners (name, id);
