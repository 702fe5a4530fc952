// A tour of all pages in each language, looked at in both widths and themes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { look } from './support/look.js';
import { answer, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
const flags = [
  ...['--name', 'Ana Beatriz Souza', '--given-name', 'Ana Beatriz', '--family-name', 'Souza'],
  ...['--email', 'ana.beatriz.souza@example.org', '--email-verified', '--locale', 'pt-BR'],
  ...['--group', 'sales', '--group', 'warehouse-night-shift'],
];
const notes = await set.party('notes', { name: 'Notes & Minutes' });

const LANGUAGES = {
  en: { login: 'Sign in', wrong: /not right/ },
  'pt-BR': { login: 'Entrar', wrong: /incorret/ },
  ru: { login: 'Вход', wrong: /невер/i },
  es: { login: 'Iniciar sesión', wrong: /correct/ },
};

for (const [language, text] of Object.entries(LANGUAGES)) {
  test(`every page in ${language}`, () =>
    visiting(set, { language }, async (tab) => {
      const shown = (name) => look(tab, name, language);
      const ana = `ana-${language.toLowerCase()}`;
      await set.porteiro.person(ana, ...flags.map((flag) => flag.replace('ana.', `${ana}.`)));

      await tab.goto(notes.link());
      assert.equal((await tab.textContent('h1')).trim(), text.login);
      await shown('login');
      await logIn(tab, ana, 'not it');
      assert.match(await tab.textContent('#login-error'), text.wrong);
      await shown('login-wrong');
      await logIn(tab, ana);
      await shown('consent');
      await tab.click('#consent-allow');
      assert.equal((await answer(tab)).claims.name, 'Ana Beatriz Souza');

      await tab.goto(notes.link({ prompt: 'select_account' }));
      await shown('select-account');

      await tab.goto(`${set.porteiro.issuer}/account`);
      await shown('account');
      await tab.click('#account-logout');
      assert.equal(path(tab), '/logout');
      await shown('logout');
      await tab.click('#logout-confirm');
      assert.equal(await tab.locator('#logout-done').count(), 1);
      await shown('logged-out');

      await tab.goto(`${set.porteiro.issuer}/login`);
      await shown('login-alone');
    }));

  test(`every error page in ${language}`, () =>
    visiting(set, { language }, async (tab) => {
      const pages = {
        unknown_client: notes.link({ client_id: 'nobody' }),
        redirect_uri_mismatch: notes.link({ redirect_uri: `${notes.origin}/elsewhere` }),
        not_found: `${set.porteiro.issuer}/nowhere`,
        logout_request_invalid: `${set.porteiro.issuer}/logout?post_logout_redirect_uri=${notes.origin}`,
      };
      for (const [code, address] of Object.entries(pages)) {
        await tab.goto(address);
        assert.equal(await tab.textContent('#error-code'), code);
        assert.equal(new URL(tab.url()).origin, set.porteiro.issuer);
        await look(tab, `error-${code.replaceAll('_', '-')}`, language);
      }
    }));

  test(`the page that posts itself in ${language}`, () =>
    visiting(set, { language }, async (tab) => {
      // No answer: the browser stays where it is.
      await tab.route(notes.callback, (route) => route.fulfill({ status: 204 }));
      await tab.goto(notes.link({ prompt: 'none', response_mode: 'form_post' }), { waitUntil: 'commit' });
      await tab.waitForSelector('#form-post-submit');
      await look(tab, 'form-post', language);
    }));
}
