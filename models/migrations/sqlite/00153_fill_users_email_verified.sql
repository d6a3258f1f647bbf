-- +goose Up
-- Who had a password before addresses were confirmed keeps what the login could do.
UPDATE users SET email_verified_at = created_at WHERE password_hash <> '';
