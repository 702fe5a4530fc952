import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, BOTH_WAYS, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
await set.porteiro.person('ana', '--name', 'Ana Souza', '--email', 'ana@example.org', '--group', 'sales');

for (const { javaScript, means } of BOTH_WAYS) {
  const notes = await set.party(`notes-${javaScript}`);

  test(`the person who denies is brought back with access_denied, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana');
      await tab.click('#consent-deny');
      assert.equal((await answer(tab)).error, 'access_denied');
    }));

  test(`the person who cancels the login is brought back with access_denied, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await tab.click('#login-cancel');
      assert.equal((await answer(tab)).error, 'access_denied');
    }));

  test(`a wrong password keeps the name and says so at the fields, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      await logIn(tab, 'ana', 'not it');
      assert.equal(path(tab), '/login');
      assert.equal(await tab.inputValue('#username'), 'ana');
      assert.equal(await tab.inputValue('#password'), '');
      for (const field of ['#username', '#password']) {
        assert.equal(await tab.getAttribute(field, 'aria-invalid'), 'true');
        const described = await tab.getAttribute(field, 'aria-describedby');
        assert.match(await tab.textContent(`#${described}`), /not right/);
      }
      await logIn(tab, 'ana');
      assert.equal(path(tab), '/consent');
    }));

  test(`a person logs in, allows, and the application knows who came, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      await tab.goto(notes.link());
      assert.equal(path(tab), '/login');
      await logIn(tab, 'ana');
      assert.equal(path(tab), '/consent');
      await tab.click('#consent-allow');
      const { claims, tokens } = await answer(tab);
      assert.equal(claims.name, 'Ana Souza');
      assert.equal(claims.email, 'ana@example.org');
      assert.deepEqual(claims.groups, ['sales']);
      assert.ok(tokens.refresh_token);
    }));
}
