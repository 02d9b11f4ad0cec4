// Signs people in with a real browser: Chromium, headless, at the emulator's pages and at those that azcred serves itself.
// One line of JSON for each operation; pictures of the pages go to the folder in SCREENSHOTS.
//
// Reads from the environment: EMULATOR (what `credential-emulator --json` printed), CA_FILE (its certificate authority),
// AZCRED and CHROMIUM (programs), SCREENSHOTS.

import assert from "node:assert";
import { spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { connect } from "node:tls";
import { pathToFileURL } from "node:url";

// The packages lie where they were installed, not beside this file.
const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const { chromium } = require("playwright-core");

const { https_origin: origin, http_origin: plain, entra, ca_pem: ca } = JSON.parse(process.env.EMULATOR);
const { AZCRED, CA_FILE, CHROMIUM, SCREENSHOTS } = process.env;
const patience = 10_000;
const arm = "https://management.azure.com/user_impersonation";

/// The key of the server, after its certificate was checked against the emulator's own authority.
async function trustedKey() {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: port || 443, servername: hostname, ca });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

mkdirSync(SCREENSHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // This one key, and nothing else that the system does not trust.
    `--ignore-certificate-errors-spki-list=${await trustedKey()}`,
  ],
});

/// What a row has started; nothing outlives it.
const running = [];

/// Runs `work` with a fresh page and reports how it went. What the page complains of fails the row: a blocked resource, a
/// broken policy, a script that threw; but not what is `expected`.
async function report(operation, work, expected = /^$/) {
  const row = { client: "Chromium", operation, passed: true, note: "" };
  const context = await browser.newContext({ viewport: { width: 900, height: 640 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  try {
    await work(page);
    assert.deepEqual(complaints.filter((text) => !expected.test(text)), []);
  } catch (error) {
    row.passed = false;
    row.note = [`${error.name}: ${String(error.message).split("\n")[0]}`, ...complaints].join("; ");
    await picture(page, `failed-${operation.replace(/[^a-z]+/gi, "-")}`);
  }
  for (const child of running.splice(0)) child.kill();
  await context.close();
  console.log(JSON.stringify(row));
}

const picture = (page, name) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

async function until(probe, what) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = probe();
    if (found) return found;
  }
  throw new Error(`waited in vain for ${what()}`);
}

/// Starts azcred. Its browser is a script that writes the address into a file, for the real one to open.
function azcred(...words) {
  const opened = join(SCREENSHOTS, "opened-url");
  const opener = join(SCREENSHOTS, "open-url.sh");
  rmSync(opened, { force: true });
  writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`);
  chmodSync(opener, 0o755);
  const child = spawn(AZCRED, [...words, "--ca-file", CA_FILE, "--client-id", entra.public_client_id], {
    env: { PATH: process.env.PATH, BROWSER: opener, AZURE_AUTHORITY_HOST: origin },
  });
  running.push(child);
  const run = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (run.stdout += data));
  child.stderr.on("data", (data) => (run.stderr += data));
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    openedUrl: () => until(() => existsSync(opened) && readFileSync(opened, "utf8").trim(), () => `the address to open; said: ${run.stderr}`),
    said: (pattern) => until(() => run.stderr.match(pattern), () => `${pattern}; said: ${run.stderr}`),
    async end(status) {
      const timer = setTimeout(() => child.kill(), patience);
      assert.equal(await ended, status, run.stderr);
      clearTimeout(timer);
      return run;
    },
  };
}

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor();
const holdsToken = ({ stdout }) => assert.equal(JSON.parse(stdout).account, entra.user_name);

for (const mode of ["form-post", "query"]) {
  await report(`azcred token entra browser: sign in and consent (${mode})`, async (page) => {
    const run = azcred("token", "entra", "browser", "--scope", arm, "--json", "--response-mode", mode);
    await page.goto(await run.openedUrl());
    await heading(page, "Sign in");
    await picture(page, "sign-in");
    await page.getByRole("button", { name: `Sign in as ${entra.user_name} and accept` }).click();
    await heading(page, "You can go back to azcred");
    await picture(page, `signed-in-${mode}`);
    assert.equal(page.url().includes("code="), mode === "query", "only a query shows the code");
    holdsToken(await run.end(0));
  });
}

await report(
  "azcred token entra browser: another user, whose password is wrong at first",
  async (page) => {
    const carol = entra.users.find((user) => user.tenant_id !== entra.tenant_id);
    const run = azcred("token", "entra", "browser", "--tenant", "organizations", "--scope", arm, "--json");
    await page.goto(await run.openedUrl());
    for (const password of ["wrong", carol.password]) {
      await page.getByLabel("User name").fill(carol.name);
      await page.getByLabel("Password").fill(password);
      await page.screenshot({ path: join(SCREENSHOTS, "sign-in-with-password.png"), fullPage: true });
      await page.getByRole("button", { name: "Sign in with the password" }).click();
      if (password === carol.password) break;
      await page.getByRole("alert").filter({ hasText: "AADSTS50126" }).waitFor();
      await picture(page, "sign-in-wrong-password");
    }
    await heading(page, "You can go back to azcred");
    const { stdout } = await run.end(0);
    assert.equal(JSON.parse(stdout).account, carol.name);
  },
  /status of 400/,
);

await report("azcred token entra browser: decline what the app asks for", async (page) => {
  const run = azcred("token", "entra", "browser", "--scope", arm);
  await page.goto(await run.openedUrl());
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alert").waitFor();
  await heading(page, "The sign-in did not succeed");
  await picture(page, "declined");
  const { stdout, stderr } = await run.end(1);
  assert.equal(stdout, "");
  assert.match(stderr, /AADSTS65004/);
});

const decisions = { Approve: { status: 0, word: "approved" }, Deny: { status: 1, word: "denied" } };
for (const [button, { status, word }] of Object.entries(decisions)) {
  await report(`azcred token entra device-code: ${button.toLowerCase()} on the page`, async (page) => {
    const run = azcred("token", "entra", "device-code", "--scope", arm, "--json");
    const [, address, code] = await run.said(/(https:\/\/\S+) .*enter the code ([A-Z0-9-]+)/);
    await page.goto(address);
    await page.getByLabel("Code").fill("NO-SUCH-CODE");
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("alert").waitFor();
    await picture(page, "device-code-unknown");
    await page.getByLabel("Code").fill(code);
    await picture(page, "device-code");
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("status").filter({ hasText: word }).waitFor();
    await picture(page, `device-code-${word}`);
    const ended = await run.end(status);
    if (status === 0) holdsToken(ended);
    else assert.match(ended.stderr, /declined/);
  }, /status of 400/);
}

// What this script asks by itself goes without TLS: Node would want the certificate authority before it starts.
// The page at `/`: each row does one thing by hand, as a person would, and looks for its effect.

async function devicecode() {
  const body = new URLSearchParams({ client_id: entra.public_client_id, scope: "openid" });
  const answer = await fetch(`${plain}/common/oauth2/v2.0/devicecode`, { method: "POST", body });
  return (await answer.json()).user_code;
}

await report("the page at /: requests, what was verified, and why something was refused", async (page) => {
  await page.goto(`${origin}/`);
  await heading(page, "credential-emulator");
  await fetch(`${plain}/identities?api-version=2023-10-01`, { method: "POST", body: "{}" });
  await page.getByRole("cell", { name: "authorization: the header is missing" }).first().waitFor();
  await page.getByLabel("Refused or faulty only").check();
  assert.equal(await page.locator("#requests tr:not(:has(.bad))").count(), 0);
  await picture(page, "page-requests");
  await page.screenshot({ path: join(SCREENSHOTS, "page-whole.png"), fullPage: true });
});

await report("the page at /: approve and deny devices", async (page) => {
  await page.goto(`${origin}/`);
  for (const decision of ["Approve", "Deny"]) {
    const code = await devicecode();
    await page.getByLabel("Approve as").selectOption(entra.users[1].name);
    const button = page.getByRole("button", { name: `${decision} ${code}` });
    await button.waitFor();
    await picture(page, "page-device");
    await button.click();
    await button.waitFor({ state: "detached" });
  }
  const { device_sign_ins: all } = await (await fetch(`${plain}/_emulator/state`)).json();
  assert.deepEqual(all.slice(-2).map(({ state, user }) => [state, user]), [["approved", entra.users[1].name], ["denied", null]]);
});

await report("the page at /: switch a fault on and all off", async (page) => {
  await page.goto(`${origin}/`);
  await page.getByRole("textbox", { name: "Requests" }).fill("GET /healthz");
  await page.getByLabel("go wrong with").selectOption("503");
  await page.getByLabel("always").check();
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByText("GET /healthz: status 503, Retry-After 1 s, always").waitFor();
  assert.equal((await fetch(`${plain}/healthz`)).status, 503);
  await picture(page, "page-fault");
  await page.getByRole("button", { name: "Switch all off" }).click();
  await page.getByText("None is switched on.").waitFor();
  assert.equal((await fetch(`${plain}/healthz`)).status, 200);
});

await report("the page at /: in the dark, on a narrow screen, by keyboard", async (page) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${origin}/`);
  await page.getByText("AZURE_TENANT_ID").waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY");
  await picture(page, "page-narrow");
});

await browser.close();
