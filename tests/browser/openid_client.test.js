// openid-client from npm as the application.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as openid from 'openid-client';

import { BOTH_WAYS, logIn, stage, visiting } from './support/stage.js';

const set = await stage();
const ana = await set.porteiro.person('ana', '--name', 'Ana Souza', '--email', 'ana@example.org');
const party = await set.party('notes', { name: 'Notes' });
const { client_id, client_secret } = party.client;

const insecure = { execute: [openid.allowInsecureRequests] };
const configuration = await openid.discovery(
  new URL(set.porteiro.issuer), client_id, client_secret, undefined, insecure,
);

/** Logs a person in; the tokens, whose every check openid-client has made. */
async function enter(tab) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce(),
  ];
  const address = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: party.callback,
    scope: 'openid profile email offline_access',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  });
  // The application's own page would redeem the code first.
  await tab.route(`${party.callback}?*`, (route) => route.fulfill({ body: 'come in' }));
  await tab.goto(address.href);
  await logIn(tab, 'ana');
  if (await tab.locator('#consent-allow').count()) await tab.click('#consent-allow');
  return openid.authorizationCodeGrant(configuration, new URL(tab.url()), {
    pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true,
  });
}

for (const { javaScript, means } of BOTH_WAYS) {
  test(`openid-client learns who came, ${means}`, () =>
    visiting(set, { javaScript }, async (tab) => {
      const tokens = await enter(tab);
      const claims = tokens.claims();
      assert.deepEqual([claims.sub, claims.name, claims.email], [ana.sub, 'Ana Souza', 'ana@example.org']);
      const told = await openid.fetchUserInfo(configuration, tokens.access_token, ana.sub);
      assert.equal(told.email, 'ana@example.org');
    }));
}

test('openid-client renews, asks about and takes back what it got', () =>
  visiting(set, {}, async (tab) => {
    const first = await enter(tab);
    const next = await openid.refreshTokenGrant(configuration, first.refresh_token);
    assert.notEqual(next.access_token, first.access_token);
    assert.equal((await openid.tokenIntrospection(configuration, next.access_token)).active, true);
    await openid.tokenRevocation(configuration, next.access_token);
    assert.deepEqual(await openid.tokenIntrospection(configuration, next.access_token), { active: false });
    await openid.tokenRevocation(configuration, next.refresh_token);
    await assert.rejects(
      openid.refreshTokenGrant(configuration, next.refresh_token),
      (refusal) => refusal.error === 'invalid_grant',
    );
  }));

test('openid-client builds a link that signs the person out', () =>
  visiting(set, {}, async (tab) => {
    const { id_token } = await enter(tab);
    const bye = `${party.origin}/bye`;
    const address = openid.buildEndSessionUrl(configuration, {
      id_token_hint: id_token, post_logout_redirect_uri: bye, state: 'done',
    });
    await tab.goto(address.href);
    assert.equal(tab.url(), `${bye}?state=done`);
  }));
