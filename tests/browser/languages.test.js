import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BOTH_WAYS_IF_FULL, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
await set.porteiro.person('ana');
const notes = await set.party('notes');

const language = (tab) => tab.getAttribute('html', 'lang');
const choose = (tab, tag) => tab.click(`.languages a[lang="${tag}"]`);

for (const { javaScript, means } of BOTH_WAYS_IF_FULL) {
  test(`the browser's language is spoken, ${means}`, async () => {
    for (const [accepted, spoken] of [['pt-PT', 'pt-BR'], ['ru-RU', 'ru'], ['es-AR', 'es'], ['de', 'en']]) {
      await visiting(set, { javaScript, language: accepted }, async (tab) => {
        await tab.goto(notes.link());
        assert.equal(await language(tab), spoken);
      });
    }
  });

  test(`the application's wish comes before the browser's, ${means}`, () =>
    visiting(set, { javaScript, language: 'ru' }, async (tab) => {
      await tab.goto(notes.link({ ui_locales: 'fr es' }));
      assert.equal(await language(tab), 'es');
      await logIn(tab, 'ana', 'not it');
      assert.equal(await language(tab), 'es');
      await logIn(tab, 'ana');
      assert.equal(path(tab), '/consent');
      assert.equal(await language(tab), 'es');
    }));

  test(`the person's choice holds on every later page, ${means}`, () =>
    visiting(set, { javaScript, language: 'en' }, async (tab) => {
      await tab.goto(notes.link({ ui_locales: 'es' }));
      await choose(tab, 'ru');
      assert.equal(await language(tab), 'ru');
      await logIn(tab, 'ana', 'not it');
      assert.equal(await language(tab), 'ru');
      await logIn(tab, 'ana');
      assert.equal(path(tab), '/consent');
      assert.equal(await language(tab), 'ru');
      await choose(tab, 'pt-BR');
      assert.equal(path(tab), '/consent');
      await tab.goto(notes.link({ prompt: 'select_account' }));
      assert.equal(await language(tab), 'pt-BR');
      await choose(tab, 'es');
      assert.equal(path(tab), '/select-account');
      await tab.goto(`${set.porteiro.issuer}/account`);
      assert.equal(await language(tab), 'es');
      await choose(tab, 'en');
      await tab.click('#account-logout');
      assert.equal(await language(tab), 'en');
      await choose(tab, 'ru');
      await tab.click('#logout-confirm');
      assert.equal(await language(tab), 'ru');
      await tab.goto(`${set.porteiro.issuer}/nowhere`);
      assert.equal(await language(tab), 'ru');
    }));
}
