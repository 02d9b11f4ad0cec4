"use strict";
// Shows what the emulator says at /_emulator/state, and asks it to do things. Text only: what is shown was sent by anybody.

const SHOWN = 200;
const byId = (id) => document.getElementById(id);
let last = 0;
let records = [];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, label, act) {
  const made = element("button", text);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function say(text) {
  if (byId("status").textContent !== text) byId("status").textContent = text;
}

async function ask(method, path, body) {
  const answer = await fetch("/_emulator/" + path, {
    method,
    headers: { "x-emulator-control": "page", "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    const refusal = await answer.json().catch(() => ({}));
    say("Refused: " + (refusal.error ? refusal.error.message : answer.status));
    return false;
  }
  await refresh();
  return true;
}

// Rebuilds a list only when it has changed, so that the focus and a selection stay where they are.
function fill(list, items, make) {
  const key = JSON.stringify(items);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map(make));
}

function showWaiting(signIns) {
  const waiting = signIns.filter((one) => one.state === "waiting");
  byId("no-waiting").hidden = waiting.length > 0;
  fill(byId("waiting"), waiting, (one) => {
    const item = element("li");
    const decide = (decision) => () =>
      ask("POST", "device-sign-ins/" + encodeURIComponent(one.user_code) + "/" + decision, decision === "approve" ? asUser() : undefined);
    item.append(
      element("span", one.user_code, "code"),
      button("Approve", "Approve " + one.user_code, decide("approve")),
      " ",
      button("Deny", "Deny " + one.user_code, decide("deny")),
      element("p", "Application " + one.client_id + " asks for " + one.scopes + ". It expires at " + one.expires_at + "."),
    );
    return item;
  });
}

function showRequests(fresh) {
  records = records.concat(fresh).slice(-1000);
  const only = byId("refused-only").checked;
  const wanted = records.filter((one) => !only || one.refusal || one.fault || one.status >= 400);
  fill(byId("requests"), wanted.slice(-SHOWN).reverse(), (one) => {
    const row = element("tr");
    const why = element("td");
    if (one.refusal) why.append(element("div", one.refusal, "bad"));
    if (one.fault) why.append(element("div", "Fault: " + one.fault, "bad"));
    if (one.verified.length) why.append(element("div", one.verified.join("; ")));
    const ok = one.status > 0 && one.status < 400;
    row.append(
      element("td", one.received_at.slice(11, 19)),
      element("td", one.service),
      element("td", one.method + " " + one.path, "request"),
      element("td", one.status === 0 ? "none" : String(one.status), "status " + (ok ? "good" : "bad")),
      why,
    );
    return row;
  });
}

function showMail(mailbox) {
  const letters = mailbox.emails
    .map((one) => ["E-mail", one, one.sender, one.to.concat(one.cc, one.bcc).join(", "), one.subject, one.plain_text || one.html || ""])
    .concat(mailbox.sms.map((one) => ["Text message", one, one.from, one.to, "", one.message]))
    .sort((one, other) => (one[1].sent_at < other[1].sent_at ? 1 : -1));
  byId("no-mail").hidden = letters.length > 0;
  fill(byId("mail"), letters, ([kind, one, from, to, subject, text]) => {
    const item = element("li");
    item.append(element("div", kind + " from " + from + " to " + to + ", " + one.sent_at));
    if (subject) item.append(element("strong", subject));
    item.append(element("p", text));
    return item;
  });
}

function showFaults(faults) {
  byId("no-faults").hidden = faults.length > 0;
  fill(byId("faults"), faults, (one) =>
    element("li", one.on + ": " + one.what + (one.times === null ? ", always" : ", " + one.times + " more")),
  );
}

function showValues(description) {
  const groups = [
    { title: "Addresses", variables: [["https", description.https_origin], ["http", description.http_origin]] },
    {
      title: "People who sign in",
      variables: description.users
        .flatMap((user) => [
          ["User", user.name],
          ["Password", user.password],
          ["Tenant", user.tenant_id],
        ])
        .concat([["Public client", description.public_client_id]]),
    },
  ].concat(description.groups);
  const box = byId("values");
  const key = JSON.stringify(groups);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren();
  for (const group of groups) {
    const list = element("dl");
    for (const [name, value] of group.variables) {
      list.append(element("dt", name), element("dd", value), copyButton(name, value));
    }
    box.append(element("h3", group.title), list);
  }
}

// Who approves a device and whose sessions end; for one user there is nothing to choose.
function showUsers(users) {
  for (const id of ["approver", "revoked"]) {
    byId(id).parentElement.hidden = users.length < 2;
    fill(byId(id), users, (user) => element("option", user.name));
  }
}

// With one user, whoever can sign in there approves.
function asUser() {
  return byId("approver").options.length < 2 ? undefined : { user: byId("approver").value };
}

function copyButton(name, value) {
  return button("Copy", "Copy " + name, async () => {
    try {
      await navigator.clipboard.writeText(value);
      say("Copied " + name);
    } catch {
      say("The browser did not let this page copy; select the text instead");
    }
  });
}

async function refresh() {
  const answer = await fetch("/_emulator/state?after=" + last);
  const state = await answer.json();
  last = state.last_request;
  showWaiting(state.device_sign_ins);
  showRequests(state.requests);
  showMail(state.mailbox);
  showFaults(state.faults);
  showUsers(state.description.users);
  showValues(state.description);
  return state;
}

async function tick() {
  try {
    if (!byId("paused").checked) {
      const state = await refresh();
      if (!/^(Copied|Refused|Done|The browser)/.test(byId("status").textContent)) {
        say("Running; " + state.last_request + " requests so far");
      }
    }
  } catch {
    say("The emulator does not answer: it has stopped, or starts again");
  }
  setTimeout(tick, 1000);
}

function onClick(id, act) {
  byId(id).addEventListener("click", async () => {
    if (await act()) say("Done: " + byId(id).textContent);
    setTimeout(() => say("Running"), 4000);
  });
}

const FAULTS = {
  429: { what: "status", status: 429, retry_after: 2 },
  503: { what: "status", status: 503, retry_after: 1 },
  500: { what: "status", status: 500 },
  delay: { what: "delay", delay_ms: 5000 },
};

byId("add-fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const what = form.get("what");
  const often = form.get("always") ? { always: true } : { times: Number(form.get("times")) || 1 };
  ask("POST", "faults", { on: form.get("on"), ...(FAULTS[what] || { what }), ...often });
});
byId("refused-only").addEventListener("change", () => showRequests([]));
byId("clear").addEventListener("click", () => {
  records = [];
  showRequests([]);
});
onClick("clear-faults", () => ask("DELETE", "faults"));
onClick("advance", () => ask("POST", "advance", { seconds: 3600 }));
onClick("rotate", () => ask("POST", "rotate-signing-key"));
onClick("revoke", () => ask("POST", "revoke-sessions", { principal: byId("revoked").value }));
onClick("reset", () => {
  records = [];
  return ask("POST", "reset");
});

tick();
