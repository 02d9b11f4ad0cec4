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
const { ChatClient } = require("@azure/communication-chat");
const { AzureCommunicationTokenCredential } = require("@azure/communication-common");
const { EmailClient } = require("@azure/communication-email");
const { CommunicationIdentityClient } = require("@azure/communication-identity");
const { SmsClient } = require("@azure/communication-sms");
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

// By access key and by Entra, each with its name.
const bothWays = (Client) =>
  Object.entries({
    "access key": new Client(acs.connection_string),
    Entra: new Client(acs.endpoint, secretCredential()),
  });

for (const [name, client] of bothWays(SmsClient)) {
  await report("@azure/communication-sms", `${name}: send to two`, async () => {
    const sent = await client.send({ from: "+14255550123", to: ["+15550101", "5550102"], message: "hello" });
    assert.deepEqual(sent.map(({ successful, httpStatusCode }) => [successful, httpStatusCode]), [[true, 202], [false, 400]]);
  });
}

const message = (senderAddress) => ({
  senderAddress,
  recipients: { to: [{ address: "ann@contoso.example", displayName: "Ann" }] },
  content: { subject: "Hello", plainText: "plain" },
});
for (const [name, client] of bothWays(EmailClient)) {
  await report("@azure/communication-email", `${name}: beginSend, poll to its end`, async () => {
    const poller = await client.beginSend(message("DoNotReply@contoso.example"));
    const { status, id } = await poller.pollUntilDone();
    assert.ok(status === "Succeeded" && id);
  });
  await report("@azure/communication-email", `${name}: a domain that is not linked is refused with its code`, async () => {
    await assert.rejects(client.beginSend(message("me@contoso.invalid")), (error) => error.code === "DomainNotLinked");
  });
}

const chat = "@azure/communication-chat";
const chatUser = async () => {
  const { user, token } = await clients["access key"]().createUserAndToken(["chat"]);
  return { user, client: new ChatClient(acs.endpoint, new AzureCommunicationTokenCredential(token)) };
};
await report(chat, "user access token: threads and messages", async () => {
  const [ann, bob] = [await chatUser(), await chatUser()];
  const { chatThread, invalidParticipants } = await ann.client.createChatThread(
    { topic: "Plans" },
    { participants: [{ id: bob.user, displayName: "Bob" }] },
  );
  assert.ok(!invalidParticipants?.length && chatThread.topic === "Plans");
  await ann.client.getChatThreadClient(chatThread.id).sendMessage({ content: "hello" }, { senderDisplayName: "Ann" });
  const received = [];
  for await (const item of bob.client.getChatThreadClient(chatThread.id).listMessages()) received.push(item);
  assert.deepEqual(received.map((item) => [item.content.message, item.senderDisplayName]), [["hello", "Ann"]]);
  await ann.client.deleteChatThread(chatThread.id);
});
await report(chat, "a revoked user access token is refused", async () => {
  const { user, client } = await chatUser();
  await clients["access key"]().revokeTokens(user);
  await assert.rejects(client.createChatThread({ topic: "Plans" }), (error) => error.statusCode === 401);
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
