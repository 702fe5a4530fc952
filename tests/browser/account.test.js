import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
const account = `${set.porteiro.issuer}/account`;
const logout = (parameters) => `${set.porteiro.issuer}/logout?${new URLSearchParams(parameters)}`;

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  const username = `ana-${javaScript}`;
  await set.porteiro.person(username);
  const notes = await set.party(`notes-${javaScript}`, { name: 'Notes' });
  const bye = `${notes.origin}/bye`;

  const enter = async (tab, parameters) => {
    await tab.goto(notes.link(parameters));
    await logIn(tab, username);
    if (path(tab) === '/consent') await tab.click('#consent-allow');
    return answer(tab);
  };

  test(`the account page asks who comes, and shows it, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(account);
      assert.equal(path(tab), '/login');
      await logIn(tab, username);
      assert.equal(path(tab), '/account');
      assert.match(await tab.textContent('main'), new RegExp(username));
    }));

  test(`an application that was removed has to ask again, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      const { tokens } = await enter(tab);
      await tab.goto(account);
      await tab.click('button[name=remove_app]');
      assert.equal(path(tab), '/account');
      assert.equal(await tab.locator('button[name=remove_app]').count(), 0);
      assert.equal(await aboutMe(tokens.access_token), 401);
      await tab.goto(notes.link());
      assert.equal(path(tab), '/consent');
    }));

  test(`one device signs the other one out, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await enter(tab);
      await visiting(set, { javaScript }, async (elsewhere) => {
        await enter(elsewhere);
        await tab.goto(account);
        // Those of the tests before are signed in, too.
        while (await tab.locator('button[name=end_session]').count()) {
          await tab.locator('button[name=end_session]').first().click();
        }
        await elsewhere.goto(account);
        assert.equal(path(elsewhere), '/login');
      });
      await tab.goto(account);
      assert.equal(path(tab), '/account');
    }));

  test(`who stays signed in loses nothing, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await enter(tab);
      await tab.goto(logout());
      await tab.click('#logout-cancel');
      assert.equal(path(tab), '/account');
    }));

  test(`the person signs out, and going back shows nothing of them, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      // Without offline_access, what the application may do ends with the login.
      const { tokens } = await enter(tab, { scope: 'openid profile' });
      await tab.goto(account);
      await tab.click('#account-logout');
      await tab.click('#logout-confirm');
      assert.equal(await tab.locator('#logout-done').count(), 1);
      assert.equal(await aboutMe(tokens.access_token), 401);
      await tab.goBack();
      await tab.goBack();
      assert.equal(path(tab), '/login');
    }));

  test(`an application that proves who it means signs out without a question, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      const { tokens } = await enter(tab);
      await tab.goto(logout({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state: 'x&y' }));
      assert.deepEqual([tab.url().startsWith(bye), await answer(tab)], [true, { state: 'x&y' }]);
    }));

  test(`an application that proves nothing has the person asked, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await enter(tab);
      await tab.goto(logout({ client_id: notes.client.client_id, post_logout_redirect_uri: bye }));
      assert.equal(path(tab), '/logout');
      await tab.click('#logout-confirm');
      assert.ok(tab.url().startsWith(bye), tab.url());
    }));
}

async function aboutMe(token) {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${set.porteiro.issuer}/about_me`, { headers })).status;
}
