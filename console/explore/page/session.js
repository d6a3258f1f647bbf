// Who is asking: a token that lives as long as the tab, and how it is come by.
const kept = 'tributary:token';

export const token = () => sessionStorage.getItem(kept);
export const keep = (text) => sessionStorage.setItem(kept, text);
export const forget = () => sessionStorage.removeItem(kept);

// ask sends a request with the token, if there is one. Cookies are never sent.
export async function ask(request, signal) {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json' };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  const answer = await fetch('/graphql', { method: 'POST', credentials: 'omit', headers, body: JSON.stringify(request), signal });
  return answer.json();
}

// data gives what was answered, or throws what was said instead.
function data({ data, errors }, field) {
  const wrong = errors?.[0] ?? data?.[field]?.userErrors?.[0];
  if (wrong) throw new Error(wrong.message);
  return data?.[field] ?? null;
}

const signInDocument = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { session { token } userErrors { message code } }
}`;

export async function signIn(email, password, merchant) {
  const input = { email, password, ...(merchant && { merchant }) };
  const { session } = data(await ask({ query: signInDocument, variables: { input } }), 'signIn');
  keep(session.token);
}

// whoAmI names the caller, or throws when the token is not, or no longer, good.
export async function whoAmI() {
  const viewer = data(await ask({ query: '{ viewer { name user { name } merchant { name } } }' }), 'viewer');
  if (!viewer) throw new Error('Nobody is signed in with this.');
  return [viewer.user?.name ?? viewer.name, viewer.merchant?.name].filter(Boolean).join(', ');
}
