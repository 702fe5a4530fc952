// A small web application that lets people in by Porteiro: authorization code
// with PKCE (RFC 7636), `state` and the check of `iss` (RFC 9207).

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export const SCOPE = 'openid profile email groups offline_access';

const random = () => randomBytes(32).toString('base64url');

export class RelyingParty {
  // Kept after use: people who go back may come a second time.
  #waiting = new Map();

  /** Registers a client and serves its pages under another host name than the issuer's. */
  static async start(porteiro, id, { name = id, flags = [] } = {}) {
    const party = new RelyingParty(porteiro.issuer);
    party.server = createServer((request, response) => party.#answer(request, response));
    await new Promise((resolve) => party.server.listen(0, '127.0.0.1', resolve));
    party.origin = `http://localhost:${party.server.address().port}`;
    party.callback = `${party.origin}/callback`;
    const places = ['--redirect-uri', party.callback, '--post-logout-redirect-uri', `${party.origin}/bye`];
    const scopes = SCOPE.split(' ').flatMap((scope) => ['--scope', scope]);
    party.client = await porteiro.client(id, '--name', name, ...places, ...scopes, ...flags);
    return party;
  }

  constructor(issuer) {
    this.issuer = issuer;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** The link that a person follows to log in. */
  link(parameters = {}) {
    return `${this.origin}/start?${new URLSearchParams(parameters)}`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    const body = await text(request);
    if (url.pathname === '/start') {
      response.writeHead(302, { location: this.#begin(url.searchParams) }).end();
    } else if (url.pathname === '/callback') {
      const sent = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams;
      const shown = { method: request.method, query: url.search, ...(await this.#finish(sent)) };
      show(response, shown);
    } else if (url.pathname === '/bye') {
      show(response, Object.fromEntries(url.searchParams));
    } else if (url.pathname === '/favicon.ico') {
      response.writeHead(204).end();
    } else {
      show(response, {});
    }
  }

  #begin(extra) {
    const [state, verifier, nonce] = [random(), random(), random()];
    this.#waiting.set(state, { verifier, nonce });
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: this.client.client_id,
      redirect_uri: this.callback,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    extra.forEach((value, name) => parameters.set(name, value));
    return `${this.issuer}/authorize?${parameters}`;
  }

  async #finish(sent) {
    const begun = this.#waiting.get(sent.get('state'));
    if (!begun) return { failure: 'unknown state' };
    if (sent.get('iss') !== this.issuer) return { failure: `iss is ${sent.get('iss')}` };
    if (sent.has('error')) return { error: sent.get('error') };
    const tokens = await this.#redeem(sent.get('code'), begun.verifier);
    if (!tokens.id_token) return { failure: tokens };
    const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
    if (claims.nonce !== begun.nonce) return { failure: 'foreign nonce' };
    return { tokens, claims };
  }

  async #redeem(code, verifier) {
    const { client_id, client_secret } = this.client;
    const answer = await fetch(`${this.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: this.callback,
        code_verifier: verifier,
      }),
    });
    return answer.json();
  }
}

function show(response, shown) {
  const json = JSON.stringify(shown).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>Application</title><pre id="answer">${json}</pre>`);
}
