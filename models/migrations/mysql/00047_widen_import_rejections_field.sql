-- +goose Up
ALTER TABLE import_rejections MODIFY COLUMN field VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL;
