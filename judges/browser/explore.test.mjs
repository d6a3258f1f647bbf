// The explorer as a person uses it: open, sign in, ask, read, leave.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { demo } from '../graphql/server.mjs';
import { open } from './browser.mjs';

const status = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

// run presses the button, gives the answer of the API, and waits until the page shows it. On a busy machine a tab that was just
// opened may still ask what the one before did, or by its name, which is no request: then it is pressed again.
let pressedAgain = 0;
async function run(page, shown) {
  for (let attempt = 1; ; attempt++) {
    const answered = page.waitForResponse('**/graphql');
    await page.getByRole('button', { name: /Execute query/ }).click();
    const answer = await (await answered).json();
    try {
      await page.locator('.graphiql-response').getByText(shown).first().waitFor({ timeout: 15_000 });
      return answer;
    } catch (error) {
      if (attempt === 3) throw error;
      pressedAgain++;
    }
  }
}

// unexplained gives what went wrong, less what a tab that asked by the name of another was answered.
function unexplained(wrong) {
  return wrong.splice(0).filter((text) => !/status of 400 /.test(text) || pressedAgain-- <= 0);
}

// openTab shows an example, and fills in its variables once they are there.
async function openTab(page, name, variables) {
  await page.getByRole('tab', { name }).click();
  await page.locator('.graphiql-query-editor .cm-def').getByText(name, { exact: true }).waitFor();
  await page.waitForTimeout(500); // GraphiQL looks up what the tab's operation is called a moment later
  if (!variables) return;
  const editor = page.locator('.graphiql-editor-tool .CodeMirror').first();
  await editor.getByText('program_…').waitFor();
  await editor.evaluate((element, text) => element.CodeMirror.setValue(text), JSON.stringify(variables));
}

async function signIn(page, email, password) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

// contrastOnWhite is the ratio of WCAG 2 for rgb(r, g, b) or rgba(r, g, b, a).
function contrastOnWhite(colour) {
  const [r, g, b, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  const [lr, lg, lb] = [r, g, b].map((part) => {
    const share = (part * alpha + 255 * (1 - alpha)) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * lr + 0.7152 * lg + 0.0722 * lb + 0.05);
}

test('the explorer asks the API and nobody else', async (t) => {
  const { url } = await demo(t);
  const { origin } = new URL(url);
  const { context, page, wrong } = await open(t, origin);
  page.setDefaultTimeout(60_000);
  await page.goto(`${origin}/explore`);

  await t.test('who is not signed in is nobody', async () => {
    await page.getByRole('tab', { name: 'Start' }).waitFor();
    assert.equal((await run(page, 'viewer')).data.viewer, null);
  });

  await t.test('a wrong password is told', async () => {
    await signIn(page, 'olivia@gifts.example', 'not this one');
    await status(page, /password/);
    assert.equal(await page.evaluate(() => sessionStorage.getItem('tributary:token')), null);
  });

  await t.test('the owner signs in by the keyboard and asks about the program', async () => {
    await signIn(page, 'olivia@gifts.example', 'tributary demo');
    await status(page, 'Signed in as Olivia Owner, Gift Shop Ltd');
    const { data } = await run(page, 'Olivia Owner');
    const program = data.programs.nodes[0].id;
    await openTab(page, 'Conversions', { program });
    assert.equal((await run(page, 'conversions')).data.node.conversions.nodes.length, 10);
    await openTab(page, 'Payouts', { program });
    assert.equal((await run(page, 'payoutBatches')).data.node.payoutBatches.nodes.length, 1);
  });

  await t.test('a token that has ended is refreshed, once for all that ask', async () => {
    const before = await page.evaluate(() => {
      sessionStorage.setItem('tributary:token', 'ended');
      return sessionStorage.getItem('tributary:refresh');
    });
    const sent = [];
    const note = (request) => { if (request.url().endsWith('/graphql')) sent.push(request.postDataJSON().query); };
    page.on('request', note);
    await openTab(page, 'Start');
    await run(page, 'Olivia Owner');
    assert.notEqual(await page.evaluate(() => sessionStorage.getItem('tributary:refresh')), before);
    page.off('request', note);
    assert.equal(sent.filter((query) => query.includes('refreshSession')).length, 1);
    assert.notEqual(await page.evaluate(() => sessionStorage.getItem('tributary:token')), 'ended');
    assert.match(unexplained(wrong).join(), /^on the console: .* status of 401 \(Unauthorized\)$/, 'the one that was refused, and no other');
  });

  await t.test('every colour of the editors can be read on white', async () => {
    const colours = await page.locator('.CodeMirror-line span[class^=cm-]').evaluateAll((tokens) =>
      [...new Set(tokens.map((token) => getComputedStyle(token).color))]);
    assert.ok(colours.length >= 4, colours.join());
    for (const colour of colours) assert.ok(contrastOnWhite(colour) >= 4.5, colour);
  });

  await t.test('types are looked up without leaving the page', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'PayoutBatch', exact: true }).click();
    await page.getByText('All payouts of one period').first().waitFor();
  });

  await t.test('the token lives as long as the tab, and no cookie is made', async () => {
    await page.reload();
    await status(page, 'Signed in as Olivia Owner');
    assert.deepEqual(await context.cookies(), []);
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
    const ended = page.waitForResponse('**/graphql');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await status(page, 'Signed out');
    assert.deepEqual((await (await ended).json()).data.signOut.userErrors, []);
    assert.equal(await page.evaluate(() => sessionStorage.getItem('tributary:refresh')), null);
    assert.equal(await page.evaluate(() => document.activeElement.name), 'email');
  });

  await t.test('a partner asks what it earned', async () => {
    await signIn(page, 'partner01@partners.example', 'tributary demo');
    await status(page, 'Signed in as Harbour House');
    await openTab(page, 'Earnings');
    const { data } = await run(page, 'myEnrollments');
    assert.equal(data.myEnrollments.nodes[0].commissions.nodes.length, 10);
    await page.getByRole('button', { name: 'Sign out' }).click();
  });

  assert.deepEqual(unexplained(wrong), []);

  await t.test('a key that is none is told', async () => {
    await page.getByLabel('or API key').fill('nothing');
    await page.getByRole('button', { name: 'Use key' }).click();
    await status(page, 'sign in, or send an API key');
  });
});
