// An administrator's day, in each language.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { look } from './support/look.js';
import { BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
const at = (page) => `${set.porteiro.issuer}${page}`;
await set.porteiro.person('boss', '--admin', '--name', 'Beatriz Chefe', '--email', 'boss@example.org');
await set.porteiro.person('ana', '--name', 'Ana Beatriz Souza', '--email', 'ana@example.org', '--group', 'sales');
await set.porteiro.client('grafana', '--name', 'Grafana', '--redirect-uri', 'https://grafana.example.org/login');

const enter = async (tab, username) => {
  await tab.goto(at('/login'));
  await logIn(tab, username);
};

for (const language of ['en', 'pt-BR', 'ru', 'es']) {
  test(`every page of the administration in ${language}`, () =>
    visiting(set, { language }, async (tab) => {
      await enter(tab, 'boss');
      await tab.click('#account-admin');
      assert.equal(path(tab), '/admin');
      await look(tab, 'admin', language);
      for (const page of ['people', 'applications', 'sessions', 'why', 'audit']) {
        await tab.click(`.places a[href$="/admin/${page}"]`);
        await look(tab, `admin-${page}`, language);
      }
      await tab.goto(at('/admin/people?name=nobody'));
      await look(tab, 'admin-people-nobody', language);
      await tab.fill('#name', 'ana');
      await tab.click('#admin-find');
      await tab.click('#admin-disable');
      assert.equal(await tab.locator('#admin-done').count(), 1);
      await look(tab, 'admin-person', language);
      await tab.click('#admin-enable');
      await tab.goto(at('/admin/applications'));
      await tab.click('text=Grafana');
      await look(tab, 'admin-application', language);
      await tab.click('#admin-rotate-secret');
      await look(tab, 'admin-secret', language);
      await tab.goto(at('/admin/why'));
      await tab.fill('#what', 'nonsense');
      await tab.click('#admin-why');
      await look(tab, 'admin-why-found', language);
    }));
}

test('the description of the API', () =>
  visiting(set, { language: 'en' }, async (tab) => {
    await tab.goto(at('/docs'));
    await look(tab, 'docs', 'en');
  }));

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  test(`a person is shut out where they are, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      const name = `eve-${javaScript}`;
      await set.porteiro.person(name);
      await enter(tab, 'boss');
      await visiting(set, { javaScript }, async (hers) => {
        await enter(hers, name);
        await hers.goto(at('/admin'));
        assert.equal(await hers.textContent('#error-code'), 'forbidden');
        await tab.goto(at(`/admin/people?name=${name}`));
        await tab.click('button[name=end_session]');
        await hers.goto(at('/account'));
        assert.equal(path(hers), '/login');
        await tab.fill('#new-password', 'another password');
        await tab.click('#admin-set-password');
        await logIn(hers, name, 'another password');
        assert.equal(path(hers), '/account');
      });
    }));
}
