-- +goose Up
-- Of what is to be paid by hand nobody knows whether a bank file held it before that was written down: it may have been paid.
UPDATE payouts SET first_attempt_at = created_at WHERE rail = 'MANUAL' AND state = 'READY' AND first_attempt_at IS NULL;
