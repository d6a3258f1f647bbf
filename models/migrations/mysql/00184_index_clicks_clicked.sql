-- +goose Up
CREATE INDEX clicks_clicked ON clicks (program_id, clicked_at, id);
