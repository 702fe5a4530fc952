// OAuth 2.0 Form Post Response Mode.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answer, logIn, path, stage, visiting } from './support/stage.js';

const set = await stage();
await set.porteiro.person('ana');
const notes = await set.party('notes', { flags: ['--skip-consent'] });
const posted = { response_mode: 'form_post' };

test('the answer posts itself', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(notes.link(posted));
    await logIn(tab, 'ana');
    await tab.waitForURL(notes.callback);
    const { method, query, claims } = await answer(tab);
    assert.deepEqual([method, query, claims.preferred_username], ['POST', '', 'ana']);
  }));

test('the answer waits for the person where scripts are off', () =>
  visiting(set, { javaScript: false }, async (tab) => {
    await tab.goto(notes.link(posted));
    await logIn(tab, 'ana');
    assert.equal(path(tab), '/login');
    await tab.click('#form-post-submit');
    const { method, query, claims } = await answer(tab);
    assert.deepEqual([method, query, claims.preferred_username], ['POST', '', 'ana']);
  }));

test('an error is posted, too', () =>
  visiting(set, {}, async (tab) => {
    await tab.goto(notes.link({ ...posted, prompt: 'none' }));
    await tab.waitForURL(notes.callback);
    assert.deepEqual(await answer(tab), { method: 'POST', query: '', error: 'login_required' });
  }));
