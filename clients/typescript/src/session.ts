// A person's session: a short access token, and a refresh token that counts once.
import { createClient } from './client.js';
import type { ClientOptions } from './client.js';
import { accepted, NetworkError } from './errors.js';
import { RefreshSessionDocument, SignInDocument } from './generated/graphql.js';
import type { SessionPartsFragment, SignInInput } from './generated/graphql.js';

/** The pair of tokens of the moment. Keep the refresh token as a password. */
export type Tokens = SessionPartsFragment;

type Connection = Omit<ClientOptions, 'auth'>;

/** Starts a session, or throws InputError. */
export async function signIn(connection: Connection, input: SignInInput, onTokens?: (tokens: Tokens) => void): Promise<Session> {
  const { signIn } = await createClient(connection).request(SignInDocument, { input });
  const session = new Session(connection, present(accepted(signIn).session), onTokens);
  onTokens?.(session.tokens);
  return session;
}

/** What a client takes as its `auth`. One session belongs to one client: a refresh token that is sent twice ends it. */
export class Session {
  readonly #connection: Connection;
  readonly #onTokens: ((tokens: Tokens) => void) | undefined;
  #tokens: Tokens;

  /** Goes on with tokens that were kept; onTokens is told each later pair, to keep it. */
  constructor(connection: Connection, tokens: Tokens, onTokens?: (tokens: Tokens) => void) {
    this.#connection = connection;
    this.#tokens = tokens;
    this.#onTokens = onTokens;
  }

  get tokens(): Tokens {
    return this.#tokens;
  }

  token(): string {
    return this.#tokens.token;
  }

  /** Takes the next pair of tokens. It is sent once: whether a lost answer used the token up cannot be known. */
  async refresh(): Promise<void> {
    const input = { refreshToken: this.#tokens.refreshToken };
    const { refreshSession } = await createClient(this.#connection).request(RefreshSessionDocument, { input });
    this.#tokens = present(accepted(refreshSession).session);
    this.#onTokens?.(this.#tokens);
  }
}

function present(session: Tokens | null | undefined): Tokens {
  if (!session) throw new NetworkError('the answer has no session');
  return session;
}
