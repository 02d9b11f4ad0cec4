// Runs official Node.js SDKs, unmodified, against the emulator: one line of JSON for each operation.
//
// Reads from the environment: EMULATOR (what `credential-emulator --json` printed). The certificate authority is given
// to Node.js by NODE_EXTRA_CA_CERTS, as a user would.

import assert from "node:assert";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The packages lie where they were installed, not beside this file.
const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const { CommunicationIdentityClient } = require("@azure/communication-identity");
const { AzureKeyCredential } = require("@azure/core-auth");
const { ClientSecretCredential } = require("@azure/identity");
const { ConfidentialClientApplication } = require("@azure/msal-node");
const packages = require(join(process.cwd(), "package.json")).dependencies;

const { https_origin: origin, entra, acs } = JSON.parse(process.env.EMULATOR);
const armScope = "https://management.azure.com/.default";

async function report(name, operation, work) {
  const row = { client: `${name} ${packages[name]} (Node.js)`, operation, passed: true, note: "" };
  try {
    await work();
  } catch (error) {
    row.passed = false;
    row.note = `${error.name}: ${String(error.message).split("\n")[0]}`;
  }
  console.log(JSON.stringify(row));
}

const secretCredential = (secret = entra.client_secret) =>
  new ClientSecretCredential(entra.tenant_id, entra.client_id, secret, {
    authorityHost: origin,
    disableInstanceDiscovery: true,
  });

const identity = "@azure/communication-identity";
const clients = {
  "access key": () => new CommunicationIdentityClient(acs.connection_string),
  Entra: () => new CommunicationIdentityClient(acs.endpoint, secretCredential()),
};
for (const [name, make] of Object.entries(clients)) {
  const client = make();
  await report(identity, `${name}: create, issue, revoke, delete`, async () => {
    const user = await client.createUser();
    assert.match(user.communicationUserId, /^8:acs:/);
    const { token, expiresOn } = await client.getToken(user, ["chat", "voip"]);
    assert.equal(token.split(".").length, 3);
    assert.ok(expiresOn > new Date());
    await client.revokeTokens(user);
    await client.deleteUser(user);
  });
  await report(identity, `${name}: create with token`, async () => {
    const { token, user } = await client.createUserAndToken(["chat"]);
    assert.ok(token && user.communicationUserId);
  });
}
await report(identity, "wrong access key is refused", async () => {
  const client = new CommunicationIdentityClient(acs.endpoint, new AzureKeyCredential("d3Jvbmc="));
  await assert.rejects(client.createUser(), (error) => error.statusCode === 401 && error.code === "Denied");
});

await report("@azure/identity", "ClientSecretCredential", async () => {
  const { token } = await secretCredential().getToken(armScope);
  assert.equal(token.split(".").length, 3);
});
await report("@azure/identity", "wrong secret is refused with its AADSTS code", async () => {
  await assert.rejects(secretCredential("wrong").getToken(armScope), /AADSTS7000215|7000215/);
});

await report("@azure/msal-node", "acquireTokenByClientCredential, then from its cache", async () => {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: entra.client_id,
      clientSecret: entra.client_secret,
      authority: `${origin}/${entra.tenant_id}`,
      knownAuthorities: [new URL(origin).host],
    },
  });
  const first = await application.acquireTokenByClientCredential({ scopes: [armScope] });
  const second = await application.acquireTokenByClientCredential({ scopes: [armScope] });
  assert.ok(first.accessToken && !first.fromCache && second.fromCache);
});
