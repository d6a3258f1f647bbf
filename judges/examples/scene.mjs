// What the examples presuppose beside the sample program: tokens, ids, a partner that waits for approval, and one that can be
// paid since its account is complete.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

const password = 'tributary demo';

// until asks again, ten times a second for half a minute.
export async function until(what, holds) {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return;
    await setTimeout(100);
  }
  assert.fail(`${what} did not happen`);
}

const plan = `program:
  slug: by-hand
  name: Approved by hand
  currency: GBP
  time_zone: Europe/London
  period: month
  domains: [gifts.example]
  auto_approve: false
  payout: {minimum: "50.00", rail: stripe, solo_approval_limit: "0.00"}
plan:
  effective_from: 2010-01-01T00:00:00Z
  hold_days: 14
  notice_days: 30
  max_total: 16%
  rules: [{id: sales, percent: 10%}]
`;

export async function scene(url) {
  let keys = 0;
  const ask = async (token, query, variables) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const tell = async (token, mutation, type, selection, input) => {
    const data = await ask(token, `mutation($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message } } }`, {
      input: mutation === 'signIn' ? input : { ...input, idempotencyKey: `scene-${++keys}` },
    });
    assert.deepEqual(data[mutation].userErrors, []);
    return data[mutation];
  };
  const signIn = async (email) => (await tell('', 'signIn', 'SignInInput', 'session { token }', { email, password })).session.token;

  const owner = await signIn('olivia@gifts.example');
  const finance = await signIn('felix@gifts.example');
  const { programs } = await ask(owner, '{ programs(first: 1) { nodes { id periods(first: 1) { nodes { id state } } enrollments(first: 100) { nodes { id partner { name } } } } } }');
  const [program] = programs.nodes;
  const enrollment = (name) => program.enrollments.nodes.find(({ partner }) => partner.name === name).id;

  const byHand = await tell(owner, 'applyPlanFile', 'ApplyPlanFileInput', 'program { id }', { planFile: plan });
  const pending = await tell(await signIn('partner02@partners.example'), 'joinProgram', 'JoinProgramInput', 'enrollment { id status }', { programId: byHand.program.id });
  assert.equal(pending.enrollment.status, 'PENDING');

  const unpaid = await signIn('partner08@partners.example');
  const origin = new URL(url).origin;
  const onboarding = await tell(unpaid, 'startOnboarding', 'StartOnboardingInput', 'url',
    { enrollmentId: enrollment('Lamp and Ladder'), returnUrl: origin, refreshUrl: origin });
  await fetch(onboarding.url, { redirect: 'manual' });

  // The rail tells by a webhook that the account is complete.
  const ready = '{ myEnrollments(first: 1) { nodes { payoutAccount { ready } } } }';
  await until('the account being ready', async () => (await ask(unpaid, ready)).myEnrollments.nodes[0].payoutAccount.ready);

  return {
    ask, owner,
    environment: {
      TRIBUTARY_ENDPOINT: url, TRIBUTARY_TOKEN: owner, SECOND_TOKEN: finance, EMAIL: 'olivia@gifts.example', PASSWORD: password,
      PROGRAM_ID: program.id, SELLER_ID: enrollment('Harbour House'), ENROLLMENT_ID: pending.enrollment.id, PERIOD_ID: program.periods.nodes[0].id,
    },
  };
}
