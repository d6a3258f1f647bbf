// What a link in a mail leads to. The token comes behind the # of the address, so no server's log has it, and it is used
// only when the person says so: programs that open every link in a mail use up nothing.
'use strict';

const actions = {
  'verify-email': {
    title: 'Confirm your e-mail address', button: 'Confirm', done: 'Your address is confirmed.', fields: [],
    document: `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { userErrors { message } } }`,
    input: (said) => ({ token: said.get('token') }),
  },
  'reset-password': {
    title: 'Set a new password', button: 'Set password', done: 'Sign in with the new password from now on.', fields: ['password'],
    document: `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { userErrors { message } } }`,
    input: (said, value) => ({ token: said.get('token'), password: value('password') }),
  },
  'join-staff': {
    title: 'Set your password', button: 'Set password', done: 'Sign in with this password from now on.', fields: ['password'],
    document: `mutation ($input: AcceptStaffInviteInput!) { acceptStaffInvite(input: $input) { userErrors { message } } }`,
    input: (said, value) => ({ inviteToken: said.get('token'), password: value('password') }),
  },
  'join-partner': {
    title: 'Sign up as a partner', button: 'Sign up', done: 'You are signed up. Sign in with this password from now on.', fields: ['email', 'name', 'password'],
    document: `mutation ($input: SignUpPartnerInput!) { signUpPartner(input: $input) { userErrors { message } } }`,
    input: (said, value) => ({ inviteToken: said.get('token'), email: value('email'), name: value('name'), password: value('password') }),
  },
};

const element = (id) => document.getElementById(id);
const value = (id) => element(id).value;

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

// send gives what is wrong, in words, or nothing.
async function send(action, said, idempotencyKey) {
  const response = await fetch('/graphql', {
    method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ query: action.document, variables: { input: { ...action.input(said, value), idempotencyKey } } }),
  });
  const answer = await response.json();
  const payload = answer.data && Object.values(answer.data)[0];
  const problems = answer.errors || (payload ? payload.userErrors : [{ message: 'something went wrong' }]);
  return problems.map((p) => p.message).join('. ');
}

function begin() {
  const said = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
  const action = Object.hasOwn(actions, said.get('do') || '') ? actions[said.get('do')] : null;
  if (!action || !said.get('token')) {
    element('answer').textContent = 'Please follow the link in the mail again.';
    return;
  }
  document.title = element('title').textContent = action.title;
  element('button').textContent = action.button;
  for (const field of action.fields) {
    element(field).required = true;
    element(`${field}-part`).hidden = false;
  }
  element('email').value = said.get('email') || '';
  element('form').hidden = false;
  const key = newKey();
  element('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    element('button').disabled = true;
    element('answer').textContent = '';
    const problem = await send(action, said, key).catch(() => 'the server cannot be reached; try again');
    element('answer').textContent = problem || action.done;
    element('form').hidden = !problem;
    element('button').disabled = false;
  });
}

begin();
