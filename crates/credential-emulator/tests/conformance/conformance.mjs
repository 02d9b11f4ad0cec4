// Runs official Node.js SDKs, unmodified, against the emulator: one line of JSON for each operation.
//
// Reads from the environment: EMULATOR (what `credential-emulator --json` printed). The certificate authority is given
// to Node.js by NODE_EXTRA_CA_CERTS, as a user would.

import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

// The packages lie where they were installed, not beside this file.
const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const { ChatClient } = require("@azure/communication-chat");
const { AzureCommunicationTokenCredential } = require("@azure/communication-common");
const { EmailClient } = require("@azure/communication-email");
const { CommunicationIdentityClient } = require("@azure/communication-identity");
const { SmsClient } = require("@azure/communication-sms");
const { AzureKeyCredential } = require("@azure/core-auth");
const {
  AuthorizationCodeCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  ManagedIdentityCredential,
  OnBehalfOfCredential,
  UsernamePasswordCredential,
} = require("@azure/identity");
const { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } = require("@azure/msal-node");
const packages = require(join(process.cwd(), "package.json")).dependencies;

const { https_origin: origin, entra, acs, ams } = JSON.parse(process.env.EMULATOR);
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

// What a person does at the page that a device names.
const decide = async (user_code, decision = "approve", user = entra.user_name) => {
  const body = new URLSearchParams({ user_code, decision, user });
  const answer = await fetch(`${origin}/devicelogin`, { method: "POST", body });
  assert.ok(answer.ok);
};

// What a person does who accepts at the sign-in page: where the browser goes then, and what it posts there.
const accept = async (url) => {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ decision: "continue" }), redirect: "manual" });
  if (answer.status === 302) return { address: answer.headers.get("location") };
  const text = await answer.text();
  const plain = (value) => value.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const [, address] = text.match(/<form method="post" action="([^"]*)">/);
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return { address: plain(address), form: new URLSearchParams(fields.map(([, name, value]) => [plain(name), plain(value)])) };
};

const person = async (url) => {
  const { address, form } = await accept(url);
  await fetch(address, form ? { method: "POST", body: form } : {});
};

const good = ({ token }) => {
  assert.equal(token.split(".").length, 3);
  return token;
};

const options = { authorityHost: origin, disableInstanceDiscovery: true };
const ofClient = [entra.tenant_id, entra.client_id];
const deviceCode = (more = {}) =>
  new DeviceCodeCredential({
    ...options,
    tenantId: entra.tenant_id,
    clientId: entra.public_client_id,
    userPromptCallback: ({ userCode }) => decide(userCode, more.decision),
    ...more,
  });
const assertion = async () => {
  const url = `${origin}/federated-issuer/token?audience=api://AzureADTokenExchange`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${entra.identity_header}` } });
  return (await answer.json()).value;
};
const certificatePath = join(process.cwd(), "client.pem");
writeFileSync(certificatePath, entra.client_certificate_pem);
const ownScope = `api://${entra.client_id}/.default`;

const node = "@azure/identity";
await report(node, "ClientCertificateCredential", async () => {
  good(await new ClientCertificateCredential(...ofClient, certificatePath, options).getToken(armScope));
});
await report(node, "ClientCertificateCredential with its chain", async () => {
  const chain = { ...options, sendCertificateChain: true };
  good(await new ClientCertificateCredential(...ofClient, certificatePath, chain).getToken(armScope));
});
await report(node, "ClientAssertionCredential, federated assertion", async () => {
  good(await new ClientAssertionCredential(...ofClient, assertion, options).getToken(armScope));
});
await report(node, "DeviceCodeCredential, then another resource by refresh token", async () => {
  let prompts = 0;
  const credential = deviceCode({ userPromptCallback: ({ userCode }) => ((prompts += 1), decide(userCode)) });
  const record = await credential.authenticate(armScope);
  assert.equal(record.username, entra.user_name);
  good(await credential.getToken(armScope));
  good(await credential.getToken("https://rest.media.azure.net/.default"));
  assert.equal(prompts, 1);
});
await report(node, "DeviceCodeCredential, denied", async () => {
  await assert.rejects(deviceCode({ userPromptCallback: ({ userCode }) => decide(userCode, "deny") }).getToken(armScope), /65004|authorization_declined/);
});
await report(node, "UsernamePasswordCredential", async () => {
  const user = [entra.tenant_id, entra.public_client_id, entra.user_name];
  good(await new UsernamePasswordCredential(...user, entra.user_password, options).getToken(armScope));
  await assert.rejects(new UsernamePasswordCredential(...user, "x", options).getToken(armScope), /50126/);
});
await report(node, "OnBehalfOfCredential, client secret", async () => {
  const userAssertionToken = good(await deviceCode().getToken(ownScope));
  const credential = new OnBehalfOfCredential({
    ...options,
    tenantId: entra.tenant_id,
    clientId: entra.client_id,
    clientSecret: entra.client_secret,
    userAssertionToken,
  });
  good(await credential.getToken(armScope));
});
await report(node, "AuthorizationCodeCredential", async () => {
  const redirect = "http://localhost:8400";
  const query = new URLSearchParams({
    client_id: entra.client_id,
    response_type: "code",
    redirect_uri: redirect,
    scope: `${armScope} offline_access openid profile`,
  });
  const { address } = await accept(`${origin}/${entra.tenant_id}/oauth2/v2.0/authorize?${query}`);
  const code = new URL(address).searchParams.get("code");
  good(await new AuthorizationCodeCredential(...ofClient, entra.client_secret, code, redirect, options).getToken(armScope));
});

const managed = async (variables, which) => {
  Object.assign(process.env, variables);
  try {
    good(await new ManagedIdentityCredential(which).getToken(armScope));
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
};
const hosts = {
  "App Service": { IDENTITY_ENDPOINT: entra.identity_endpoint, IDENTITY_HEADER: entra.identity_header },
  "virtual machine": { AZURE_POD_IDENTITY_AUTHORITY_HOST: entra.imds_endpoint },
};
for (const [name, variables] of Object.entries(hosts)) {
  await report(node, `ManagedIdentityCredential, ${name}: of the system`, () => managed(variables));
  await report(node, `ManagedIdentityCredential, ${name}: of a user`, () =>
    managed(variables, { clientId: entra.managed_identity_client_id }),
  );
}

const msal = "@azure/msal-node";
const publicClient = () =>
  new PublicClientApplication({
    auth: {
      clientId: entra.public_client_id,
      authority: `${origin}/${entra.tenant_id}`,
      knownAuthorities: [new URL(origin).host],
    },
  });
await report(msal, "device code, its cache, a refresh", async () => {
  const application = publicClient();
  const deviceCodeCallback = ({ userCode }) => void decide(userCode);
  const first = await application.acquireTokenByDeviceCode({ scopes: [armScope], deviceCodeCallback });
  assert.equal(first.account.username, entra.user_name);
  const again = { scopes: [armScope], account: first.account };
  assert.ok((await application.acquireTokenSilent(again)).fromCache);
  const fresh = await application.acquireTokenSilent({ ...again, forceRefresh: true });
  assert.ok(!fresh.fromCache && fresh.accessToken !== first.accessToken);
});
await report(msal, "acquireTokenInteractive", async () => {
  const answer = await publicClient().acquireTokenInteractive({ scopes: [armScope], openBrowser: person });
  assert.ok(answer.accessToken && answer.idTokenClaims.name);
});
for (const responseMode of ["query", "form_post"]) {
  await report(msal, `authorization code with PKCE, ${responseMode}`, async () => {
    const application = publicClient();
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
    const request = { scopes: [armScope], redirectUri: "http://localhost:8400", responseMode };
    const url = await application.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: "S256" });
    const { address, form } = await accept(url);
    const code = (form ?? new URL(address).searchParams).get("code");
    assert.ok((await application.acquireTokenByCode({ ...request, code, codeVerifier: verifier })).accessToken);
  });
}
await report(msal, "username and password", async () => {
  const user = { scopes: [armScope], username: entra.user_name, password: entra.user_password };
  assert.ok((await publicClient().acquireTokenByUsernamePassword(user)).accessToken);
});
await report(msal, "on-behalf-of", async () => {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: entra.client_id,
      clientSecret: entra.client_secret,
      authority: `${origin}/${entra.tenant_id}`,
      knownAuthorities: [new URL(origin).host],
    },
  });
  const oboAssertion = good(await deviceCode().getToken(ownScope));
  assert.ok((await application.acquireTokenOnBehalfOf({ scopes: [armScope], oboAssertion })).accessToken);
});

// Users of several tenants: each signs in at home.
const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const [bob, carol] = ["Bob", "Carol"].map((name) => entra.users.find((user) => user.display_name === name));
await report(node, "a second tenant's user: UsernamePasswordCredential, refused in the first tenant", async () => {
  const user = (tenant) => new UsernamePasswordCredential(tenant, entra.public_client_id, carol.name, carol.password, options);
  for (const tenant of ["organizations", carol.tenant_id]) {
    const claims = claimsOf(good(await user(tenant).getToken(armScope)));
    assert.deepEqual([claims.tid, claims.oid, claims.upn], [carol.tenant_id, carol.object_id, carol.name]);
  }
  await assert.rejects(user(entra.tenant_id).getToken(armScope), /AADSTS50034/);
});
await report(msal, "two users of two tenants in one cache, refreshed each", async () => {
  const application = new PublicClientApplication({
    auth: { clientId: entra.public_client_id, authority: `${origin}/organizations`, knownAuthorities: [new URL(origin).host] },
  });
  for (const { name, password, object_id, tenant_id } of [bob, carol]) {
    const request = { scopes: [armScope], username: name, password };
    const { account } = await application.acquireTokenByUsernamePassword(request);
    assert.deepEqual([account.homeAccountId, account.tenantId], [`${object_id}.${tenant_id}`, tenant_id]);
    const again = await application.acquireTokenSilent({ scopes: [armScope], account, forceRefresh: true });
    assert.ok(!again.fromCache && again.account.username === name);
  }
});

// Continuous access: who says cp1 gets a long-lived token, and a claims challenge once the session was revoked.
const account =
  `${ams.arm_endpoint}/subscriptions/${ams.subscription_id}/resourceGroups/${ams.resource_group}` +
  `/providers/Microsoft.Media/mediaServices/${ams.account_name}?api-version=2021-11-01`;
const ask = (token) => fetch(account, { headers: { authorization: `Bearer ${token}` } });
const state = async (after = 0) => (await fetch(`${origin}/_emulator/state?after=${after}`)).json();
// Tokens tell seconds apart and no less: what comes before and after a revocation must not share one.
const nextSecond = () => setTimeout(1_100);
const revoke = async (principal) => {
  await nextSecond();
  const headers = { "x-emulator-control": "conformance" };
  const answer = await fetch(`${origin}/_emulator/revoke-sessions`, { method: "POST", headers, body: JSON.stringify({ principal }) });
  assert.ok(answer.ok);
};
const challenged = async (token) => {
  const answer = await ask(token);
  const header = answer.headers.get("www-authenticate");
  assert.equal(answer.status, 401);
  assert.match(header, /error="insufficient_claims"/);
  return Buffer.from(header.match(/claims="([^"]*)"/)[1], "base64").toString();
};
/// `get` returns a token and when it ends, in milliseconds since 1970.
const answered = async (principal, get) => {
  const first = await get();
  assert.ok(first.ends - Date.now() > 20 * 3_600_000, "it lives a day");
  assert.equal((await ask(first.token)).status, 200);
  await revoke(principal);
  const fresh = await get(await challenged(first.token));
  assert.notEqual(fresh.token, first.token);
  assert.equal((await ask(fresh.token)).status, 200);
};
const row = async (...arguments_) => {
  await nextSecond();
  await report(...arguments_);
};
const withCae = (credential) => async (claims) => {
  const { token, expiresOnTimestamp } = await credential.getToken(armScope, { claims, enableCae: true });
  return { token, ends: expiresOnTimestamp };
};
await row(node, "ClientSecretCredential with CAE: challenged, answers, is served", () =>
  answered(entra.client_id, withCae(secretCredential())),
);
await row(node, "UsernamePasswordCredential with CAE: challenged, answers, is served", () =>
  answered(bob.name, withCae(new UsernamePasswordCredential(bob.tenant_id, entra.public_client_id, bob.name, bob.password, options))),
);
await row(node, "DeviceCodeCredential with CAE: a revoked session wants the user again", async () => {
  const credential = deviceCode({
    disableAutomaticAuthentication: true,
    userPromptCallback: ({ userCode }) => decide(userCode, "approve", bob.name),
  });
  await credential.authenticate(armScope, { enableCae: true });
  const { token } = await credential.getToken(armScope, { enableCae: true });
  await revoke(bob.name);
  const claims = await challenged(token);
  const { last_request: before } = await state();
  await assert.rejects(credential.getToken(armScope, { claims, enableCae: true }), { name: "AuthenticationRequiredError" });
  const { requests } = await state(before);
  assert.ok(requests.some(({ refusal }) => /AADSTS50173/.test(refusal)), "the refresh token was refused");
});
const capable = { clientCapabilities: ["CP1"] };
const ofMsal = ({ accessToken, expiresOn }) => ({ token: accessToken, ends: expiresOn.getTime() });
const authority = { authority: `${origin}/${entra.tenant_id}`, knownAuthorities: [new URL(origin).host] };
await row(msal, "acquireTokenByClientCredential with CP1: challenged, answers, is served", async () => {
  const auth = { clientId: entra.client_id, clientSecret: entra.client_secret, ...authority, ...capable };
  const application = new ConfidentialClientApplication({ auth });
  await answered(entra.client_id, async (claims) =>
    ofMsal(await application.acquireTokenByClientCredential({ scopes: [armScope], claims })),
  );
});
await row(msal, "username and password with CP1: challenged, answers, is served; a revoked session is refused", async () => {
  const application = new PublicClientApplication({ auth: { clientId: entra.public_client_id, ...authority, ...capable } });
  const user = { scopes: [armScope], username: bob.name, password: bob.password };
  let signedIn;
  await answered(bob.name, async (claims) => {
    signedIn = await application.acquireTokenByUsernamePassword({ ...user, claims });
    return ofMsal(signedIn);
  });
  await revoke(bob.name);
  const silently = { scopes: [armScope], account: signedIn.account, forceRefresh: true };
  await assert.rejects(application.acquireTokenSilent(silently), /invalid_grant|AADSTS50173/);
});
await row(identity, "Entra: answers a claims challenge by itself", async () => {
  const client = new CommunicationIdentityClient(acs.endpoint, secretCredential());
  await client.createUser();
  await revoke(entra.client_id);
  const { last_request: before } = await state();
  await client.createUser();
  const { requests } = await state(before);
  const seen = requests.filter(({ path }) => path.startsWith("/identities"));
  const statuses = seen.map(({ status }) => status);
  assert.deepEqual(statuses, [401, 201], `the answers were ${statuses}`);
});

for (const [name, make] of Object.entries(clients)) {
  await report(identity, `${name}: exchange a Teams user's token`, async () => {
    const teamsUserAadToken = good(await deviceCode().getToken("https://auth.msft.communication.azure.com/Teams.ManageCalls"));
    const user = { teamsUserAadToken, clientId: entra.public_client_id, userObjectId: entra.user_object_id };
    good(await make().getTokenForTeamsUser(user));
  });
}
const exchanges = {
  "an Entra user's token": undefined,
  "a Teams Phone user's token": ["https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls"],
};
for (const [name, scopes] of Object.entries(exchanges)) {
  await report("@azure/communication-common", `AzureCommunicationTokenCredential exchanges ${name}`, async () => {
    const credential = new AzureCommunicationTokenCredential({
      resourceEndpoint: acs.endpoint,
      tokenCredential: deviceCode(),
      scopes,
    });
    good(await credential.getToken());
    credential.dispose();
  });
}
