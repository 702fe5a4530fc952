// "This page has expired" is what nobody may ever read here.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

// The page as it was left comes without being loaded.
const goBack = (tab) => tab.goBack({ waitUntil: 'commit' });

const set = await stage();
const ana = await set.porteiro.person('ana');
await set.porteiro.person('carla');
const bruno = await set.porteiro.person('bruno');
const left = await set.party('left', { flags: ['--skip-consent'] });
const right = await set.party('right', { flags: ['--skip-consent'] });

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  const notes = await set.party(`notes-${javaScript}`, { flags: ['--skip-consent'] });
  const orders = await set.party(`orders-${javaScript}`);

  test(`back to the login page after the login, and once more, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana');
      assert.equal((await answer(tab)).claims.sub, ana.sub);
      await goBack(tab);
      assert.equal(path(tab), '/login');
      await logIn(tab, 'bruno');
      assert.equal((await answer(tab)).claims.sub, bruno.sub);
    }));

  test(`back to the consent page after the answer, and another answer, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(orders.link());
      await logIn(tab, 'carla');
      await tab.click('#consent-deny');
      assert.equal((await answer(tab)).error, 'access_denied');
      await goBack(tab);
      assert.equal(path(tab), '/consent');
      await tab.click('#consent-allow');
      // A page that was not loaded again has the form of the answered request,
      // which begins the request anew.
      if (path(tab) === '/consent') await tab.click('#consent-allow');
      assert.equal((await answer(tab)).claims.preferred_username, 'carla');
    }));

  test(`an old tab still logs in after another one did, ${means}`, () =>
    visiting(set, { javaScript }, async (tab, person) => {
      await tab.goto(notes.link());
      const other = await person.tab();
      await other.goto(notes.link());
      await logIn(other, 'ana');
      assert.equal((await answer(other)).claims.sub, ana.sub);
      await logIn(tab, 'ana');
      assert.equal((await answer(tab)).claims.sub, ana.sub);
    }));

  test(`an old tab's cancel is answered after another tab logged in, ${means}`, () =>
    visiting(set, { javaScript }, async (tab, person) => {
      await tab.goto(notes.link());
      const other = await person.tab();
      await other.goto(notes.link());
      await logIn(other, 'ana');
      await tab.click('#login-cancel');
      assert.equal((await answer(tab)).error, 'access_denied');
    }));

  test(`a consent page asks again when its person is not the one signed in any more, ${means}`, () =>
    visiting(set, { javaScript }, async (tab, person) => {
      await tab.goto(orders.link());
      await logIn(tab, 'ana');
      assert.equal(path(tab), '/consent');
      const other = await person.tab();
      await other.goto(notes.link({ prompt: 'login' }));
      await logIn(other, 'bruno');
      await tab.click('#consent-allow');
      assert.equal(path(tab), '/consent');
      assert.match(await tab.textContent('main'), /Signed in as\s+bruno/);
      await tab.click('#consent-allow');
      assert.equal((await answer(tab)).claims.sub, bruno.sub);
    }));

  test(`the login page of an answered request can be loaded again, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      const address = tab.url();
      await logIn(tab, 'ana');
      await tab.goto(address);
      if (path(tab) === '/login') await logIn(tab, 'ana');
      assert.equal((await answer(tab)).method, 'GET');
    }));
}

test('two tabs log in to two applications', () =>
  visiting(set, {}, async (tab, person) => {
    const other = await person.tab();
    await tab.goto(left.link());
    await other.goto(right.link());
    await logIn(tab, 'ana');
    await logIn(other, 'ana');
    for (const [shown, party] of [[tab, left], [other, right]]) {
      const { claims } = await answer(shown);
      assert.deepEqual([claims.sub, claims.aud], [ana.sub, party.client.client_id]);
    }
  }));
