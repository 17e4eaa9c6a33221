// Shows the outbox and keeps up with it. Whatever a message says is text here, never markup.

const LIST = "/_local/outbox.json";
const EVERY = 1000;
const PATIENCE = 5000;
const FEEDBACK = 2000;

const at = (id) => document.getElementById(id);
const filter = at("filter");
const list = at("list");
const main = document.querySelector("main");

/** Every message that is listed, by its key: `{ message, item }`. */
const listed = new Map();
let tag = "";
let opened = null;
let timer;
let loaded = false;

// Numbers begin anew with the server, so a number alone may be another message's by now.
const keyOf = (message) => `${message.id} ${message.sent_at}`;
const nameOf = (message) => (message.kind === "sms" ? "SMS" : "Mail");
const titleOf = (message) => (message.kind === "sms" ? message.text : message.subject) || "(no subject)";

/* Keeping up. */

async function watch() {
  if (document.hidden) return;
  await refresh();
  clearTimeout(timer);
  timer = setTimeout(watch, EVERY);
}

async function refresh() {
  try {
    const headers = tag ? { "if-none-match": tag } : {};
    const response = await ask("GET", headers);
    if (response.status === 200) {
      const messages = await response.json();
      tag = response.headers.get("etag") ?? "";
      update(messages);
    }
    trouble(false);
  } catch {
    trouble(true);
  }
}

async function ask(method, headers = {}) {
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(LIST, { method, headers, signal, cache: "no-store" });
  if (!response.ok && response.status !== 304) throw new Error(`status ${response.status}`);
  return response;
}

function trouble(is) {
  if (at("trouble").hidden !== is) return;
  at("trouble").hidden = !is;
  say(is ? at("trouble").textContent : "The server answers again.");
}

/** Brings the list up to date. What stays is not touched, so it keeps focus and selection. */
function update(messages) {
  const arrived = messages.filter((message) => !listed.has(keyOf(message)));
  const still = new Set(messages.map(keyOf));
  for (const [key, { item }] of listed) {
    if (!still.has(key)) remove(key, item);
  }
  // Newest first, both here and there.
  for (const message of arrived.toReversed()) {
    const item = row(message);
    listed.set(keyOf(message), { message, item });
    list.prepend(item);
  }
  sift();
  if (loaded && arrived.length === 1) {
    const [message] = arrived;
    say(`New ${nameOf(message)} to ${message.to}: ${titleOf(message)}`);
  } else if (loaded && arrived.length > 1) {
    say(`${arrived.length} new messages`);
  }
  loaded = true;
}

function remove(key, item) {
  if (opened === key) close();
  const focused = item.contains(document.activeElement);
  item.remove();
  listed.delete(key);
  if (focused) at("heading").focus();
}

/** Shows the messages to the recipient who is looked for, and says how many they are. */
function sift() {
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const { message, item } of listed.values()) {
    item.hidden = !message.to.toLowerCase().includes(wanted);
    if (!item.hidden) shown += 1;
  }
  const all = listed.size;
  const count = shown === all ? `${all}` : `${shown} of ${all}`;
  at("heading").textContent = all === 0 ? "No messages" : `${count} ${all === 1 ? "message" : "messages"}`;
  list.hidden = shown === 0;
  at("empty").hidden = shown > 0;
  at("empty").textContent =
    all === 0
      ? "Nothing has been sent yet. Messages appear here as soon as they are."
      : `There is no message to “${filter.value.trim()}”.`;
  at("hint").hidden = all === 0 || opened !== null;
}

/* The list. */

function row(message) {
  const item = copyOf("row");
  const open = item.querySelector(".open");
  open.id = `open-${message.id}`;
  open.addEventListener("click", () => show(message));
  item.querySelector(".to").textContent = message.to;
  item.querySelector(".kind").textContent = nameOf(message);
  item.querySelector(".words").textContent = titleOf(message);
  setTime(item.querySelector("time"), message);
  if (message.code) {
    item.append(copier(`Copy ${message.code}`, "code", message.code, open.id));
  } else if (message.links.length > 0) {
    item.append(copier("Copy link", "link", message.links[0], open.id));
  }
  return item;
}

function setTime(time, message) {
  const sent = new Date(message.sent_at);
  const today = sent.toDateString() === new Date().toDateString();
  time.dateTime = message.sent_at;
  time.title = sent.toLocaleString();
  time.textContent = today
    ? sent.toLocaleTimeString([], { timeStyle: "medium" })
    : sent.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** A button that copies `text`, a link or a code, and says so. */
function copier(label, what, text, describedBy) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = label;
  button.setAttribute("aria-describedby", describedBy);
  let reset;
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    // It keeps its place whatever it says.
    button.style.minWidth = `${button.offsetWidth}px`;
    button.classList.toggle("done", copied);
    button.classList.toggle("failed", !copied);
    button.textContent = copied ? "Copied" : "Not copied";
    say(copied ? `The ${what} is copied.` : `The browser did not let the ${what} be copied.`);
    clearTimeout(reset);
    reset = setTimeout(() => {
      button.classList.remove("done", "failed");
      button.textContent = label;
    }, FEEDBACK);
  });
  return button;
}

/* The message. */

function show(message) {
  mark(null);
  opened = keyOf(message);
  mark("true");
  at("subject").textContent = message.kind === "sms" ? "SMS" : titleOf(message);
  at("to").textContent = message.to;
  setTime(at("sent"), message);

  at("code").hidden = !message.code;
  at("digits").textContent = message.code ?? "";
  at("digits").nextElementSibling?.remove();
  if (message.code) at("digits").after(copier("Copy code", "code", message.code, "digits"));

  at("links").hidden = message.links.length === 0;
  at("urls").replaceChildren(
    ...message.links.map((link, number) => {
      const item = copyOf("url");
      const anchor = item.querySelector("a");
      anchor.id = `url-${number}`;
      anchor.href = link;
      anchor.textContent = link;
      item.append(copier("Copy link", "link", link, anchor.id));
      return item;
    }),
  );

  at("views").hidden = message.html === null;
  showBody(message);
  main.dataset.open = "";
  at("message").hidden = false;
  at("message").scrollTop = 0;
  at("hint").hidden = true;
  at("subject").focus();
}

function showBody(message) {
  const asPage = message.html !== null && document.querySelector("[name=view]:checked").value === "page";
  if (asPage) {
    // A new frame each time: another address in the old one would be a step in the tab's history.
    const frame = copyOf("page");
    frame.title = `Mail: ${titleOf(message)}`;
    frame.src = `/_local/outbox/${message.id}`;
    at("body").replaceChildren(frame);
  } else {
    const text = document.createElement("p");
    text.className = message.text ? "text" : "hint";
    text.textContent = message.text || "This mail has no text.";
    at("body").replaceChildren(text);
  }
}

function close() {
  const focused = at("message").contains(document.activeElement);
  const open = listed.get(opened)?.item.querySelector(".open");
  mark(null);
  opened = null;
  delete main.dataset.open;
  at("message").hidden = true;
  at("body").replaceChildren();
  at("hint").hidden = listed.size === 0;
  if (focused) (open?.isConnected && open.checkVisibility() ? open : at("heading")).focus();
}

/** Marks the row of the open message, or takes the mark away. */
function mark(current) {
  const open = listed.get(opened)?.item.querySelector(".open");
  if (current) open?.setAttribute("aria-current", current);
  else open?.removeAttribute("aria-current");
}

/* The rest. */

const copyOf = (template) => at(template).content.firstElementChild.cloneNode(true);

/** Has a screen reader say something when it has time, also what it has said before. */
function say(text) {
  at("status").textContent = "";
  setTimeout(() => (at("status").textContent = text), 100);
}

filter.addEventListener("input", () => {
  sift();
  say(at("heading").textContent);
});

at("clear").addEventListener("click", async () => {
  try {
    await ask("DELETE");
    await refresh();
    say("The outbox is empty.");
  } catch {
    trouble(true);
  }
});

at("close").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened !== null && event.target !== filter) close();
});
at("views").addEventListener("change", () => showBody(listed.get(opened).message));
document.addEventListener("visibilitychange", watch);
watch();
