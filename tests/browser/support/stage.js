// What every test begins with: a server, an application, a browser.

import { after } from 'node:test';

import { Browser } from './browser.js';
import { FULL } from './look.js';
import { PASSWORD, Porteiro } from './porteiro.js';
import { RelyingParty } from './relying_party.js';

/** Sets the stage for a file of tests, and clears it when they are over. */
export async function stage(settings = {}) {
  const set = { parties: [] };
  after(async () => {
    await set.browser?.stop();
    await Promise.all(set.parties.map((party) => party.stop()));
    await set.porteiro?.stop();
  });
  set.porteiro = await Porteiro.start('serve', settings);
  set.browser = await Browser.start();
  set.party = async (id, options) => {
    const party = await RelyingParty.start(set.porteiro, id, options);
    set.parties.push(party);
    return party;
  };
  set.hosts = () => [set.porteiro.issuer, ...set.parties.map((party) => party.origin)];
  return set;
}

/** Runs `visit` with a person, and sees to it that nothing went wrong on the way. */
export async function visiting(set, options, visit) {
  const person = await set.browser.person(set.hosts(), options);
  try {
    await visit(await person.tab(), person);
  } catch (failure) {
    await person.context.close();
    throw failure;
  }
  await person.leave();
}

export async function logIn(tab, username, password = PASSWORD) {
  await tab.fill('#username', username);
  await tab.fill('#password', password);
  await tab.click('#login-submit');
}

/** What the application shows once the browser is back. */
export async function answer(tab) {
  return JSON.parse(await tab.textContent('#answer'));
}

export const path = (tab) => new URL(tab.url()).pathname;

/** What must hold with and without scripts, in every run. */
export const BOTH_WAYS = [
  { javaScript: false, means: 'without JavaScript' },
  { javaScript: true, means: 'with JavaScript' },
];

/** The fast run leaves scripts off: then a page has only its forms. */
export const BOTH_WAYS_IF_FULL = FULL ? BOTH_WAYS : BOTH_WAYS.slice(0, 1);
