// An API that lets good tokens in: node orders.mjs

import { createServer } from "node:http";

import { Porteiro } from "./porteiro.mjs";

const { ISSUER, AUDIENCE, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const porteiro = new Porteiro({
  issuer: ISSUER,
  audience: AUDIENCE,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
});
porteiro.follow();

createServer((request, response) => {
  porteiro.guard(request, response, () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ sub: request.token.sub }));
  });
}).listen(Number(PORT), "127.0.0.1");
