// Checks Porteiro's access tokens without asking the server about each:
// signatures by its keys, revocations by its feed. Node 20 or later, no
// packages. `guard` is middleware for Express and for node:http alike.

import { createPublicKey, verify } from "node:crypto";

const SILENCE = 3000; // the feed's heart beats every second
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const json = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

export class Porteiro {
  #keys = new Map();
  #ids = new Map();
  #marks = new Map();
  #position = "0";
  #heard = -Infinity;

  constructor({ issuer, audience, clientId, clientSecret }) {
    Object.assign(this, { issuer, audience, clientId, clientSecret });
  }

  /** Runs for as long as the process does. */
  async follow() {
    for (;;) {
      await this.#read().catch(() => {});
      await pause(500);
    }
  }

  async #read() {
    await this.#loadKeys();
    const basic = [this.clientId, this.clientSecret].map(encodeURIComponent).join(":");
    const answer = await this.#fetch("/oauth2/token", {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(basic).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "revocations.read" }),
      signal: AbortSignal.timeout(5000),
    });
    const { access_token } = await answer.json();
    const silent = new AbortController();
    let timer = setTimeout(() => silent.abort(), 5000);
    try {
      const feed = await this.#fetch("/oauth2/revocations", {
        headers: { authorization: `Bearer ${access_token}`, "last-event-id": this.#position },
        signal: silent.signal,
      });
      let text = "";
      let synced = false;
      for await (const piece of feed.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), SILENCE);
        const blocks = (text + piece).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) synced = (await this.#take(block)) || synced;
        if (synced) this.#heard = performance.now();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes one event; whether it says that everything has been told. */
  async #take(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s)));
    if (fields.event === "keys") await this.#loadKeys();
    else if (fields.data && !fields.event) this.#apply(JSON.parse(fields.data));
    if (fields.id) this.#position = fields.id;
    return fields.event === "synced";
  }

  #apply({ kind, subject, issued_before, expires_at }) {
    const name = `${kind} ${subject}`;
    if (["user", "client", "all"].includes(kind)) {
      this.#marks.set(name, Math.max(this.#marks.get(name) ?? 0, issued_before));
      return;
    }
    this.#ids.set(name, expires_at);
    if (this.#ids.size % 1000 === 0) {
      for (const [id, end] of this.#ids) if (end < Date.now()) this.#ids.delete(id);
    }
  }

  async #loadKeys() {
    const answer = await this.#fetch("/.well-known/jwks.json", { signal: AbortSignal.timeout(5000) });
    const { keys } = await answer.json();
    this.#keys = new Map(keys.map((jwk) => [jwk.kid, { alg: jwk.alg, key: createPublicKey({ key: jwk, format: "jwk" }) }]));
  }

  async #fetch(path, options) {
    const answer = await fetch(this.issuer + path, options);
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
    return answer;
  }

  /** The claims of a good token; throws an error with `status` for any other. */
  check(authorization) {
    const [scheme, token] = (authorization ?? "").split(" ");
    if (scheme.toLowerCase() !== "bearer" || !token) throw new Refusal(401, "token_missing");
    const claims = this.#signed(token);
    if (this.#revoked(claims)) throw new Refusal(401, "token_revoked");
    if (claims.exp <= Date.now() / 1000) throw new Refusal(401, "token_expired");
    if (![claims.aud].flat().includes(this.audience)) throw new Refusal(401, "token_audience");
    if (performance.now() - this.#heard > SILENCE) throw new Refusal(503, "temporarily_unavailable");
    return claims;
  }

  #signed(token) {
    try {
      const [head, body, signature] = token.split(".");
      const { typ, alg, kid } = json(head);
      const known = this.#keys.get(kid);
      const algorithm = known.alg === "EdDSA" ? null : "sha256";
      const key = { key: known.key, dsaEncoding: "ieee-p1363" };
      const good = verify(algorithm, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
      const claims = json(body);
      if (good && alg === known.alg && typ === "at+jwt" && claims.iss === this.issuer && claims.jti) return claims;
    } catch {
      // Not a JWT, or of a key that is not published.
    }
    throw new Refusal(401, "token_malformed");
  }

  #revoked({ jti, grant_id, sid, sub, client_id }) {
    const ids = [`token ${jti}`, `grant ${grant_id}`, `session ${sid}`];
    if (ids.some((id) => this.#ids.has(id))) return true;
    // UUIDv7: milliseconds. A token is as old as the authorization that it came of.
    const [issuedAt, grantedAt] = [jti, grant_id ?? jti].map((uuid) => parseInt(uuid.replaceAll("-", "").slice(0, 12), 16));
    const givenAt = Math.min(issuedAt, grantedAt);
    return [`user ${sub}`, `client ${client_id}`, "all "].some((mark) => (this.#marks.get(mark) ?? -1) >= givenAt);
  }

  /** app.use(porteiro.guard) */
  guard = (request, response, next) => {
    try {
      request.token = this.check(request.headers.authorization);
    } catch (refusal) {
      const challenge = refusal.message === "token_missing" ? "Bearer" : 'Bearer error="invalid_token"';
      response.writeHead(refusal.status ?? 500, { "www-authenticate": challenge, "content-type": "application/json" });
      response.end(JSON.stringify({ error_code: refusal.message }));
      return;
    }
    next();
  };
}
