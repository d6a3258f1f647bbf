// Who is asking: a key, or a session with its two tokens, which live as long as the tab; and how they are come by.
const kept = 'tributary:token';
const keptRefresh = 'tributary:refresh';

export const token = () => sessionStorage.getItem(kept);
const refreshToken = () => sessionStorage.getItem(keptRefresh);

export function keep(text, refresh) {
  sessionStorage.setItem(kept, text);
  if (refresh) sessionStorage.setItem(keptRefresh, refresh);
  else sessionStorage.removeItem(keptRefresh);
}

export function forget() {
  sessionStorage.removeItem(kept);
  sessionStorage.removeItem(keptRefresh);
}

// send asks with a token, if there is one. Cookies are never sent.
async function send(request, bearer) {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json' };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  const answer = await fetch('/graphql', { method: 'POST', credentials: 'omit', headers, body: JSON.stringify(request) });
  return answer.json();
}

// ask sends a request as whoever is signed in. A token that is refused is refreshed once, since it lasts 15 minutes only.
export async function ask(request) {
  const answer = await send(request, token());
  const isRefused = answer.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
  if (!isRefused || !refreshToken() || !await refreshed()) return answer;
  return send(request, token());
}

// data gives what was answered, or throws what was said instead.
function data({ data, errors }, field) {
  const wrong = errors?.[0] ?? data?.[field]?.userErrors?.[0];
  if (wrong) throw new Error(wrong.message);
  return data?.[field] ?? null;
}

const refreshDocument = `mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) { session { token refreshToken } userErrors { message code } }
}`;

// refreshed gets the next pair of tokens, once for all requests that wait: a refresh token counts once.
let refreshing = null;
function refreshed() {
  const given = refreshToken();
  refreshing ??= send({ query: refreshDocument, variables: { input: { refreshToken: given } } })
    .then((answer) => {
      const { session } = data(answer, 'refreshSession');
      if (refreshToken() !== given) return false; // who asked has left meanwhile
      keep(session.token, session.refreshToken);
      return true;
    })
    .catch(() => false)
    .finally(() => { refreshing = null; });
  return refreshing;
}

const signInDocument = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { session { token refreshToken } userErrors { message code } }
}`;

export async function signIn(email, password, merchant, totpCode) {
  const input = { email, password, ...(merchant && { merchant }), ...(totpCode && { totpCode }) };
  const { session } = data(await send({ query: signInDocument, variables: { input } }), 'signIn');
  keep(session.token, session.refreshToken);
}

// signOut ends the session, and forgets it whether or not that succeeds.
export async function signOut() {
  const input = { refreshToken: refreshToken() };
  forget();
  if (!input.refreshToken) return;
  await send({ query: 'mutation SignOut($input: SignOutInput!) { signOut(input: $input) { userErrors { code } } }', variables: { input } });
}

// whoAmI names the caller, or throws when the token is not, or no longer, good.
export async function whoAmI() {
  const viewer = data(await ask({ query: '{ viewer { name user { name } merchant { name } } }' }), 'viewer');
  if (!viewer) throw new Error('Nobody is signed in with this.');
  return [viewer.user?.name ?? viewer.name, viewer.merchant?.name].filter(Boolean).join(', ');
}
