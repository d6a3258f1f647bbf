// A typed client of Tributary's API. README.md shows how it is used.
export { createClient, Client } from './client.js';
export type { Auth, ClientOptions, RequestOptions, TypedDocument } from './client.js';
export { accepted, ApiError, InputError, NetworkError, TributaryError } from './errors.js';
export type { UserError } from './errors.js';
export { newIdempotencyKey } from './idempotency.js';
export { entries } from './pages.js';
export type { Page } from './pages.js';
export type { RetryOptions } from './retry.js';
export { Session, signIn } from './session.js';
export type { Tokens } from './session.js';
export { verifyWebhook, WebhookError } from './webhook.js';
export type { WebhookMessage, WebhookOptions } from './webhook.js';
export * from './generated/graphql.js';
