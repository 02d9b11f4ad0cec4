// Does what it reads from its input, with official Node.js SDKs: one line in, one line out when it is done.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const { CommunicationIdentityClient } = require("@azure/communication-identity");
const { SmsClient } = require("@azure/communication-sms");
const { ClientCertificateCredential, ClientSecretCredential, DeviceCodeCredential, OnBehalfOfCredential } = require("@azure/identity");

const { https_origin: origin, entra, acs } = JSON.parse(process.env.EMULATOR);
const scope = "https://management.azure.com/.default";
const options = { authorityHost: origin, disableInstanceDiscovery: true };
const client = [entra.tenant_id, entra.client_id];
const certificate = join(process.cwd(), "client-of-wire.pem");

const decide = (user_code) =>
  fetch(`${origin}/devicelogin`, { method: "POST", body: new URLSearchParams({ user_code, decision: "approve" }) });

const operations = {
  "client secret": () => new ClientSecretCredential(...client, entra.client_secret, options).getToken(scope),
  "client certificate": () => {
    writeFileSync(certificate, entra.client_certificate_pem);
    return new ClientCertificateCredential(...client, certificate, options).getToken(scope);
  },
  "device code": () =>
    new DeviceCodeCredential({
      ...options,
      tenantId: entra.tenant_id,
      clientId: entra.public_client_id,
      userPromptCallback: ({ userCode }) => decide(userCode),
    }).getToken(scope),
  "on-behalf-of": (userAssertionToken) =>
    new OnBehalfOfCredential({
      ...options,
      tenantId: entra.tenant_id,
      clientId: entra.client_id,
      clientSecret: entra.client_secret,
      userAssertionToken,
    }).getToken(scope),
  identity: async () => {
    const identity = new CommunicationIdentityClient(acs.connection_string);
    const user = await identity.createUser();
    await identity.getToken(user, ["chat", "voip"]);
    await identity.revokeTokens(user);
    await identity.deleteUser(user);
    await identity.createUserAndToken(["chat"]);
  },
  sms: () =>
    new SmsClient(acs.connection_string).send(
      { from: "+14255550123", to: ["+15550101"], message: "hello" },
      { enableDeliveryReport: true, tag: "t" },
    ),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = line.split("\t");
  try {
    await operations[name](argument);
    console.log("done");
  } catch (error) {
    console.log(`${error.name}: ${String(error.message).split("\n")[0]}`);
  }
}
process.exit(0);
