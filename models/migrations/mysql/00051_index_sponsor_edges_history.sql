-- +goose Up
CREATE INDEX sponsor_edges_history ON sponsor_edges (child_id, id);
