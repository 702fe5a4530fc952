// A site on Express whose pages need a login, with express-openid-connect.
// Arguments: port, address, issuer, client id. The client's secret is in the environment.

const { createHash } = require('node:crypto');
const express = require('express');
const { auth, requiresAuth } = require('express-openid-connect');

const [port, baseURL, issuerBaseURL, clientID] = process.argv.slice(2);
const clientSecret = process.env.CLIENT_SECRET;
const site = express();
site.use(
  auth({
    baseURL,
    issuerBaseURL,
    clientID,
    clientSecret,
    secret: createHash('sha256').update(clientSecret).digest('hex'),
    idpLogout: true,
    routes: { postLogoutRedirect: '/left' },
    authRequired: false,
    authorizationParams: { response_type: 'code', scope: 'openid profile email groups' },
  }),
);
site.get('/', requiresAuth(), (request, response) => {
  const { name, groups } = request.oidc.user;
  response.type('text').send(`${name}, ${groups.join(' and ')}`);
});
site.get('/left', (request, response) => response.type('text').send('Nobody is signed in'));
site.use((failure, request, response, next) => response.status(400).type('text').send(String(failure.error)));
site.listen(Number(port), new URL(baseURL).hostname);
