// Verifies deliveries as Standard Webhooks describes them: v1 signatures, HMAC-SHA256 over id, timestamp and body.
import { TributaryError } from './errors.js';

/** A delivery that is genuine. */
export interface WebhookMessage<Payload> {
  /** Names the event; a repeated delivery has the same. */
  id: string;
  sentAt: Date;
  payload: Payload;
}

export interface WebhookOptions {
  /** How far the sender's clock may be from ours; 300 seconds when left out. */
  toleranceSeconds?: number;
  /** What time it is, in tests. */
  now?: Date;
}

/** Codes: SECRET_MALFORMED, HEADER_MISSING, TIMESTAMP_OUTSIDE_TOLERANCE, SIGNATURE_WRONG, PAYLOAD_MALFORMED. */
export class WebhookError extends TributaryError {}

type HeadersLike = Headers | Record<string, string | readonly string[] | undefined>;

/**
 * Gives the message of a delivery, or throws WebhookError. The body must be what was received, byte for byte. Several secrets
 * are tried while one replaces another. Signatures are compared in constant time.
 */
export async function verifyWebhook<Payload = unknown>(
  secret: string | readonly string[], headers: HeadersLike, body: string | Uint8Array, options: WebhookOptions = {},
): Promise<WebhookMessage<Payload>> {
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signatures = signaturesIn(header(headers, 'webhook-signature'));
  const sentAt = sent(timestamp, options);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  let genuine = false;
  for (const key of await Promise.all([secret].flat().map(keyOf))) {
    for (const signature of signatures) {
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) genuine = true;
    }
  }
  if (!genuine) throw new WebhookError('no signature fits', 'SIGNATURE_WRONG');
  try {
    return { id, sentAt, payload: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Payload };
  } catch {
    throw new WebhookError('the body is not JSON', 'PAYLOAD_MALFORMED');
  }
}

function header(headers: HeadersLike, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '') throw new WebhookError(`there is no one header ${name}`, 'HEADER_MISSING', [name]);
  return value;
}

function sent(timestamp: string, { toleranceSeconds = 300, now = new Date() }: WebhookOptions): Date {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : NaN;
  if (!(Math.abs(now.getTime() / 1000 - seconds) <= toleranceSeconds)) {
    throw new WebhookError('the delivery is too old, or from the future', 'TIMESTAMP_OUTSIDE_TOLERANCE', ['webhook-timestamp']);
  }
  return new Date(seconds * 1000);
}

// signaturesIn gives the v1 signatures of a list of `version,base64` that blanks separate.
function signaturesIn(list: string): Uint8Array<ArrayBuffer>[] {
  return list.split(' ').filter((entry) => entry.startsWith('v1,')).flatMap((entry) => base64(entry.slice(3)) ?? []);
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith('whsec_') ? base64(secret.slice('whsec_'.length)) : undefined;
  if (!bytes?.length) throw new WebhookError('the secret is not whsec_ and base64', 'SECRET_MALFORMED');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function base64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
