// When a request is sent again, and how long is waited before.

/** How often and how patiently a request is sent again. */
export interface RetryOptions {
  /** How many times a request is sent at most. */
  attempts: number;
  /** The longest first wait; it doubles with each attempt. */
  baseDelayMs: number;
  /** The longest wait of all. A server that asks for more is not waited for. */
  maxDelayMs: number;
}

export const defaultRetry: RetryOptions = { attempts: 4, baseDelayMs: 250, maxDelayMs: 30_000 };

/** What one sending came to: an answer, or an error that may be worth another attempt. */
export type Outcome<Answer> = { answer: Answer } | { error: Error; again: boolean; retryAfter?: string | null };

export type Sleep = (ms: number) => Promise<void>;

/** Sends until there is an answer, an error for good, or no attempt left; then the last error is thrown. */
export async function withRetries<Answer>(send: () => Promise<Outcome<Answer>>, options: RetryOptions, sleep: Sleep): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await send();
    if ('answer' in outcome) return outcome.answer;
    if (!outcome.again || attempt >= options.attempts) throw outcome.error;
    const wait = secondsAskedFor(outcome.retryAfter) ?? backOff(attempt, options);
    if (wait > options.maxDelayMs) throw outcome.error;
    await sleep(wait);
  }
}

// backOff draws from the whole range, so that those who failed together do not come back together.
function backOff(attempt: number, { baseDelayMs, maxDelayMs }: RetryOptions): number {
  return Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
}

// secondsAskedFor reads Retry-After, which is seconds or a date, as milliseconds from now.
function secondsAskedFor(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
