import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
const ana = await set.porteiro.person('ana', '--email', 'ana@example.org');
const bruno = await set.porteiro.person('bruno');
const notes = await set.party('notes', { name: 'Notes', flags: ['--skip-consent'] });
const orders = await set.party('orders', { name: 'Orders', flags: ['--skip-consent'] });
const asking = await set.party('asking');

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  test(`a second application needs no second password, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana');
      const first = await answer(tab);
      await tab.goto(orders.link());
      const second = await answer(tab);
      assert.equal(second.claims.sub, ana.sub);
      assert.equal(second.claims.auth_time, first.claims.auth_time);
      assert.equal(second.claims.sid, first.claims.sid);
    }));

  test(`prompt=login asks for the password again, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana');
      await tab.goto(orders.link({ prompt: 'login' }));
      assert.equal(path(tab), '/login');
      await logIn(tab, 'ana');
      assert.equal((await answer(tab)).claims.sub, ana.sub);
    }));

  test(`prompt=select_account offers to go on or to be somebody else, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana');
      await tab.goto(orders.link({ prompt: 'select_account' }));
      assert.equal(path(tab), '/select-account');
      assert.match(await tab.textContent('#account-continue'), /ana.*ana@example\.org/s);
      await tab.click('#account-continue');
      assert.equal((await answer(tab)).claims.sub, ana.sub);

      await tab.goto(orders.link({ prompt: 'select_account' }));
      await tab.click('#account-other');
      assert.equal(path(tab), '/login');
      await logIn(tab, 'bruno');
      assert.equal((await answer(tab)).claims.sub, bruno.sub);
    }));
}

test('prompt=none is answered without a page', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(notes.link({ prompt: 'none' }));
    assert.equal((await answer(tab)).error, 'login_required');
    await tab.goto(notes.link());
    await logIn(tab, 'ana');
    await tab.goto(orders.link({ prompt: 'none' }));
    assert.equal((await answer(tab)).claims.sub, ana.sub);
  }));

test('the name that the application knows already is in the form', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(notes.link({ login_hint: 'ana@example.org' }));
    assert.equal(await tab.inputValue('#username'), 'ana@example.org');
    assert.equal(await tab.evaluate(() => document.activeElement.id), 'password');
  }));

test('on the consent page the person can become somebody else', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(asking.link());
    await logIn(tab, 'ana');
    assert.match(await tab.textContent('main'), /Signed in as\s+ana/);
    await tab.click('#consent-switch');
    assert.equal(path(tab), '/login');
    await logIn(tab, 'bruno');
    assert.match(await tab.textContent('main'), /Signed in as\s+bruno/);
    await tab.click('#consent-allow');
    assert.equal((await answer(tab)).claims.sub, bruno.sub);
  }));
