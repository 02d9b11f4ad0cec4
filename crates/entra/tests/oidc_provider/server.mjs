// An OAuth server that nobody of this project wrote: oidc-provider, set up for the flows of `entra`.
// `node server.mjs <certificate.pem>` prints the issuers of two servers as one line of JSON, and runs until it is killed.
import { createServer } from 'node:http';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const certificate = readFileSync(process.argv[2], 'utf8').match(/-----BEGIN CERTIFICATE[^]+?END CERTIFICATE-----/)[0];
const key = new X509Certificate(certificate).publicKey.export({ format: 'jwk' });

const app = (client_id, more) => ({
  client_id,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope: 'read write',
  ...more,
});
const clients = (secretMethod) => [
  app('secret-app', { client_secret: 's3cret:+&%=~', token_endpoint_auth_method: secretMethod }),
  app('certificate-app', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...key, use: 'sig' }] } }),
  {
    client_id: 'person-app',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
    redirect_uris: ['http://localhost'],
  },
];

const settings = {
  scopes: ['openid', 'offline_access', 'read', 'write'],
  claims: { openid: ['sub'], profile: ['preferred_username'] },
  async findAccount(ctx, id) {
    return { accountId: id, claims: async () => ({ sub: id, preferred_username: `${id}@id.example` }) };
  },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  cookies: { keys: ['only for these tests'] },
};

// One takes what most servers take; the other takes no secret in the form and no PS256.
const servers = {
  usual: ['client_secret_post', {}],
  strict: ['client_secret_basic', {
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256'] },
  }],
};

const issuers = {};
for (const [name, [secretMethod, more]] of Object.entries(servers)) {
  const listening = createServer();
  await new Promise((resolve) => listening.listen(0, '127.0.0.1', resolve));
  issuers[name] = `http://127.0.0.1:${listening.address().port}`;
  const provider = new Provider(issuers[name], { ...settings, ...more, clients: clients(secretMethod) });
  provider.on('server_error', (ctx, error) => console.error(error));
  listening.on('request', provider.callback());
}
console.log(JSON.stringify(issuers));
