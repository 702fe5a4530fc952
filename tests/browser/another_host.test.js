// An application to which people come back at one host and which they use at
// another one. Browsers hold `form-action` against every redirect on the way.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { logIn, stage, visiting } from './support/stage.js';

const set = await stage();
await set.porteiro.person('ana');

async function host(address, answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, address, resolve));
  const stop = () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections());
  const origin = `http://${address}:${server.address().port}`;
  set.parties.push({ origin, stop });
  return origin;
}

const home = await host('127.0.0.3', (request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Home</title>');
});
const gate = await host('127.0.0.2', (request, response) => {
  response.writeHead(302, { location: `${home}/` }).end();
});
const bye = `${gate}/bye`;
const places = ['--redirect-uri', `${gate}/callback`, '--post-logout-redirect-uri', bye, '--client-uri', home];
await set.porteiro.client('portal', ...places);

for (const responseMode of ['query', 'form_post']) {
  test(`a person arrives at the second host, by ${responseMode}, and leaves by it`, () =>
    visiting(set, {}, async (tab) => {
      const asked = { response_type: 'code', client_id: 'portal', response_mode: responseMode };
      await tab.goto(
        `${set.porteiro.issuer}/authorize?${new URLSearchParams({ ...asked, redirect_uri: `${gate}/callback`, scope: 'openid', prompt: 'consent' })}`,
      );
      await logIn(tab, 'ana');
      await tab.click('#consent-allow');
      await tab.waitForURL(`${home}/`);
      const leaving = new URLSearchParams({ client_id: 'portal', post_logout_redirect_uri: bye });
      await tab.goto(`${set.porteiro.issuer}/logout?${leaving}`);
      await tab.click('#logout-confirm');
      await tab.waitForURL(`${home}/`);
      assert.equal(await tab.title(), 'Home');
    }));
}
