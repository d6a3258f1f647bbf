/** A key that names one request. Keep it with what it is for: a retry of any kind, also after a restart, must send the same. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

/** Whether a request may be sent again without its effect happening twice: queries, and mutations that carry their key. */
export function isRepeatable(document: string, variables: unknown): boolean {
  if (!/(^|\})\s*mutation\b/.test(document)) return true;
  const input = (variables as { input?: { idempotencyKey?: unknown } } | undefined)?.input;
  return typeof input?.idempotencyKey === 'string' && input.idempotencyKey !== '';
}
