-- +goose Up
ALTER TABLE stripe_events ADD COLUMN merchant_id BINARY(16) NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE stripe_events ADD UNIQUE KEY stripe_events_merchant (merchant_id, event_id);
ALTER TABLE stripe_events DROP KEY stripe_events_event;
