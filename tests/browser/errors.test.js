// What cannot be answered to an application is told to the person.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { look } from './support/look.js';
import { Porteiro } from './support/porteiro.js';
import { answer, BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
await set.porteiro.person('root', '--admin');
const notes = await set.party('notes', { flags: ['--skip-consent'] });
const elsewhere = () => notes.link({ redirect_uri: `${notes.origin}/elsewhere` });

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  test(`nobody is sent to an address that is not registered, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(elsewhere());
      assert.equal(new URL(tab.url()).origin, set.porteiro.issuer);
      assert.equal(await tab.textContent('#error-code'), 'redirect_uri_mismatch');
      const page = await tab.textContent('#error-page');
      assert.ok(!page.includes(notes.callback), 'a stranger learns what is registered');
      assert.match(await tab.textContent('#error-request'), /^[0-9a-f-]{36}$/);
    }));
}

test('an administrator is shown the difference and the command that would register it', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(notes.link());
    await logIn(tab, 'root');
    await answer(tab);
    await tab.goto(elsewhere());
    await look(tab, 'error-lesson', 'en');
    assert.deepEqual(await tab.locator('mark').allTextContents(), ['elsewhere', 'callback']);
    await set.porteiro.paste(await tab.textContent('pre'));
    await tab.goto(elsewhere());
    assert.equal(path(tab), '/elsewhere');
  }));

test('in dev everybody is shown the difference and the command', async () => {
  const dev = await Porteiro.start('dev');
  after(() => dev.stop());
  const query = new URLSearchParams({ response_type: 'code', client_id: 'demo', redirect_uri: 'http://localhost:8000/cb' });
  await visiting({ ...set, hosts: () => [dev.issuer] }, {}, async (tab) => {
    await tab.goto(`${dev.issuer}/authorize?${query}`);
    assert.match(await tab.textContent('pre'), /porteiro client update demo/);
  });
});
