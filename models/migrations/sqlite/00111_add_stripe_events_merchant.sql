-- +goose Up
ALTER TABLE stripe_events ADD COLUMN merchant_id BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
CREATE UNIQUE INDEX stripe_events_merchant ON stripe_events (merchant_id, event_id);
DROP INDEX stripe_events_event;
