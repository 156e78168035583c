// A real OpenID Connect provider for the tests of logging in. Usage: node provider.mjs REDIRECT_URI
//
// VERBAND_CLIENT_JWK holds the public key of a client that proves itself by one; without it the client has a secret.
// It prints its address, then does what each line of its standard input says and prints one line for it:
//   rotate             takes new keys
//   mode NAME          spoils identity tokens from now on, signed with its own key all the same: none, wrong-nonce, ...
//   token NAME         prints an access token for the API: good, expired, ...
import { createServer } from 'node:http';
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';
import { SignJWT, UnsecuredJWT, importJWK } from 'jose';

const [redirect] = process.argv.slice(2);
const AUDIENCE = 'https://verband.example';

const ACCOUNTS = {
  inge: { name: 'Inge Spanjer', afdeling: 'T&H', roles: ['verband-inspecteur', 'offline'], clearance: 'zaakvertrouwelijk' },
  zonder: { name: 'Zonder Afdeling', roles: [], clearance: 'intern' },
  machine: { afdeling: 'T&H', roles: ['verband-inspecteur'], clearance: 'zaakvertrouwelijk' },
};

function newKeys() {
  const kid = randomUUID();
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    rsa: { ...pair.privateKey.export({ format: 'jwk' }), kid: `rsa-${kid}`, use: 'sig', alg: 'RS256' },
    ec: { ...curve.privateKey.export({ format: 'jwk' }), kid: `ec-${kid}`, use: 'sig', alg: 'ES256' },
    publicPem: pair.publicKey.export({ format: 'pem', type: 'spki' }),
  };
}

let keys = newKeys();
const forged = newKeys();
let mode = 'right';
let issuer;
let provider;

function configuration() {
  const web = {
    client_id: 'verband',
    redirect_uris: [redirect],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    id_token_signed_response_alg: 'ES256',
  };
  const clientJwk = process.env.VERBAND_CLIENT_JWK;
  return {
    clients: [
      clientJwk
        ? {
            ...web,
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: 'ES256',
            jwks: { keys: [JSON.parse(clientJwk)] },
          }
        : { ...web, client_secret: 'geheim van de test: +/%', token_endpoint_auth_method: 'client_secret_basic' },
      {
        client_id: 'machine',
        client_secret: 'geheim van de machine',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    jwks: { keys: [keys.ec, keys.rsa] },
    cookies: { keys: ['alleen voor de test'] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'name', 'afdeling', 'roles', 'clearance'] },
    scopes: ['openid'],
    ttl: { IdToken: 300, AccessToken: 300, ClientCredentials: 300 },
    findAccount: (_, id) =>
      ACCOUNTS[id] && { accountId: id, claims: () => ({ sub: id, ...ACCOUNTS[id] }) },
    // The organisation's own application: its people are not asked for consent.
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    // Who the machine is stands in its access tokens.
    extraTokenClaims: (_, token) => (token.kind === 'ClientCredentials' ? ACCOUNTS.machine : undefined),
  };
}

function build() {
  provider = new Provider(issuer, configuration());
}

async function sign(header, claims, jwk) {
  const key = await importJWK(jwk, header.alg);
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

/** The identity token of an answer, spoiled as the mode says. */
async function spoil(token) {
  const [header, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const now = Math.floor(Date.now() / 1000);
  switch (mode) {
    case 'wrong-nonce':
      claims.nonce = 'another';
      break;
    case 'no-nonce':
      delete claims.nonce;
      break;
    case 'wrong-audience':
      claims.aud = 'another';
      break;
    case 'wrong-issuer':
      claims.iss = 'https://another.example';
      break;
    case 'expired':
      claims.iat = now - 600;
      claims.exp = now - 300;
      break;
    case 'none':
      return new UnsecuredJWT(claims).encode();
    case 'forged':
      return sign({ ...header }, claims, { ...forged.ec, kid: header.kid });
    default:
      return token;
  }
  return sign(header, claims, keys.ec);
}

async function accessToken(name) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'RS256', kid: keys.rsa.kid, typ: 'at+jwt' };
  const claims = {
    iss: issuer, aud: AUDIENCE, sub: 'machine', client_id: 'machine', iat: now, exp: now + 300,
    jti: randomUUID(), ...ACCOUNTS.machine,
  };
  switch (name) {
    case 'good':
      return sign(header, claims, keys.rsa);
    case 'es256':
      return sign({ ...header, alg: 'ES256', kid: keys.ec.kid }, claims, keys.ec);
    case 'ps256': {
      // The key says that it is for RS256 alone.
      const { alg, ...jwk } = keys.rsa;
      return sign({ ...header, alg: 'PS256' }, claims, jwk);
    }
    case 'expired':
      return sign(header, { ...claims, iat: now - 600, exp: now - 300 }, keys.rsa);
    case 'not-yet':
      return sign(header, { ...claims, nbf: now + 120 }, keys.rsa);
    case 'too-long':
      return sign(header, { ...claims, exp: now + 90_000 }, keys.rsa);
    case 'wrong-audience':
      return sign(header, { ...claims, aud: 'https://other.example' }, keys.rsa);
    case 'wrong-issuer':
      return sign(header, { ...claims, iss: 'https://other.example' }, keys.rsa);
    case 'identity':
      return sign({ ...header, typ: 'JWT' }, claims, keys.rsa);
    case 'forged':
      return sign(header, claims, forged.rsa);
    case 'brings-its-key':
      return sign({ ...header, jwk: forged.rsa }, claims, forged.rsa);
    case 'no-department': {
      const { afdeling, ...rest } = claims;
      return sign(header, rest, keys.rsa);
    }
    case 'local-name':
      return sign(header, { ...claims, sub: 'inspecteur' }, keys.rsa);
    case 'none':
      return new UnsecuredJWT(claims).encode();
    case 'hs256': {
      const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
      return `${signed}.${createHmac('sha256', keys.publicPem).update(signed).digest('base64url')}`;
    }
    default:
      throw new Error(`no token ${name}`);
  }
}

const server = createServer((request, response) => {
  const { end } = response;
  if (request.url === '/token' && mode !== 'right') {
    response.end = (body, ...rest) => {
      const answer = JSON.parse(body);
      if (!answer.id_token) return end.call(response, body, ...rest);
      spoil(answer.id_token).then((token) => {
        const spoiled = JSON.stringify({ ...answer, id_token: token });
        response.setHeader('content-length', Buffer.byteLength(spoiled));
        end.call(response, spoiled);
      });
      return response;
    };
  }
  provider.callback()(request, response);
});

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  build();
  console.log(issuer);
});

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const [command, name] = line.split(' ');
    if (command === 'rotate') {
      keys = newKeys();
      build();
    } else if (command === 'mode') mode = name;
    console.log(command === 'token' ? await accessToken(name) : 'done');
  })
  .on('close', () => process.exit(0));
