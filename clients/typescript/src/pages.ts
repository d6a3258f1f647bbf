// Reads a connection to its end, page by page.
import type { Client, TypedDocument } from './client.js';
import { TributaryError } from './errors.js';

/** One page of a connection, as far as reading on needs it. */
export interface Page<Entry> {
  nodes: readonly Entry[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

class PageError extends TributaryError {}

/**
 * Gives every entry of a connection, in its order, asking for a page when the one before is used up.
 * The document takes the cursor as $after; pick finds the connection in what it gives.
 */
export async function* entries<Result, Variables extends { after?: string | null | undefined }, Entry>(
  client: Pick<Client, 'request'>, document: TypedDocument<Result, Variables>, variables: Variables,
  pick: (result: Result) => Page<Entry> | null | undefined,
): AsyncGenerator<Entry, void, void> {
  const request = client.request.bind(client) as (document: TypedDocument<Result, Variables>, variables: Variables) => Promise<Result>;
  for (let asked = variables; ;) {
    const page = pick(await request(document, asked));
    if (!page) throw new PageError('the answer has no such connection', 'NOT_FOUND');
    yield* page.nodes;
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage) return;
    if (!endCursor || endCursor === asked.after) throw new PageError('the page does not say where the next one starts', 'CURSOR_MISSING');
    asked = { ...asked, after: endCursor };
  }
}
