// Asks the API and shows what it says. The session is the HttpOnly cookie; nothing is kept in the browser's
// storage, and what is shown goes in as text, never as markup.

const MILLISECONDS_IMPORTING = 2000;
const MILLISECONDS_QUIET = 30000;
const STREAMS = ["customers", "products"];
const LOGINS = ["bridge_user", "bridge_password", "erp_username", "erp_password"];
const SETTLED = ["active", "paused"];
const NO_SESSION = ["unauthenticated", "other_agreement"];

let agreement = null; // whose session this is
let shown = null; // the status document on the screen
let changing = false; // the form is open though the integration is settled
let cursor = null; // of the next page of held tasks
let withholding = null; // the task that the dialog is about
let turn = 0; // of refreshing: an answer that comes too late is dropped
let timer = 0;

// --- Coming and going ---

async function activate({ agreement_number: number, ...body }) {
  const wish = { active: true, ...body };
  try {
    await call("PUT", integration(number), wish);
  } catch (error) {
    if (error.problem?.code === "choose_identity") offerCompanies(error.problem.identities);
    if (error.problem?.code !== "other_agreement") throw error;
    // A session of another agreement is still open in this browser.
    await call("DELETE", "sessions");
    await call("PUT", integration(number), wish);
  }
  changing = false;
  dropCompanies();
  if (agreement) return enter(number);
  try {
    const { bridge_user, bridge_password } = body;
    await logIn({ agreement_number: number, bridge_user, bridge_password });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    forgetPasswords();
    at("login_box").open = true;
    tell(words.activated_log_in);
  }
}

function offerCompanies(identities) {
  const name = (one) => `${one.company_name} (${one.company_id})`;
  const choices = identities.map((one) => new Option(name(one), one.erp_identity_id));
  at("erp_identity_id").replaceChildren(new Option(words.choose_company, ""), ...choices);
  at("companies").hidden = false;
}

function dropCompanies() {
  at("erp_identity_id").replaceChildren();
  at("companies").hidden = true;
}

async function logIn(login) {
  await call("POST", "sessions", login);
  await enter(login.agreement_number);
}

async function enter(number) {
  agreement = number;
  for (const form of document.forms) form.reset();
  remember(number);
  tell("");
  await refresh();
  at("state").focus();
}

async function logOut() {
  await call("DELETE", "sessions");
  leave(words.logged_out);
}

function leave(text) {
  clearTimeout(timer);
  turn += 1;
  agreement = shown = null;
  changing = false;
  forgetPasswords();
  at("withhold").close();
  at("status").hidden = true;
  at("held").replaceChildren();
  showForms();
  at("login_box").open = true;
  tell(text);
}

// The address carries whose page this is: for a reload, and over to the other language.
function remember(number) {
  const query = new URLSearchParams(location.search);
  if (number) {
    query.set("avtalenummer", number);
    history.replaceState(null, "", `?${query}`);
  }
  query.set("lang", words.other_language);
  at("language").href = `?${query}`;
  at("agreement_number").value = at("login_agreement_number").value = number;
}

function showForms() {
  const isSettled = SETTLED.includes(shown?.state);
  at("start").hidden = isSettled && !changing;
  at("login_box").hidden = agreement !== null;
  at("agreement_number").readOnly = agreement !== null;
  const isKnown = shown !== null && shown.state !== "not_activated";
  at("unchanged").hidden = !isKnown;
  for (const name of LOGINS) at(name).required = !isKnown;
}

// --- How the integration stands ---

async function refresh(anew = false) {
  const mine = ++turn;
  clearTimeout(timer);
  try {
    const status = await call("GET", integration(agreement));
    if (mine !== turn) return;
    const wasImporting = isImporting(shown);
    const held = shown?.tasks.held;
    shown = status;
    showStatus(status);
    if (wasImporting && !isImporting(status)) tell(words.imports_done);
    if (anew || held !== status.tasks.held) await showHeld();
    if (mine !== turn) return;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (mine !== turn) return;
    if (NO_SESSION.includes(error.problem.code)) return leave(words.session_over);
    tell(error.sentence);
  }
  const wait = isImporting(shown) ? MILLISECONDS_IMPORTING : MILLISECONDS_QUIET;
  timer = setTimeout(() => document.hidden || refresh(), wait);
}

function isImporting(status) {
  const isUnderWay = (run) => run === null || run.state === "running";
  return status?.state === "active" && STREAMS.some((stream) => isUnderWay(status.imports[stream]));
}

function showStatus(status) {
  const { agreement_number: number, agreement_name: name, erp_company: company } = status;
  write(at("state"), words[`state_${status.state}`]);
  write(at("agreement_line"), fill(words.agreement_line, { number, name: name ? `(${name})` : "" }));
  write(at("company_line"), company ? fill(words.company_line, company) : "");
  write(at("start_line"), status.start ? fill(words.start_line, { time: time(status.start) }) : "");
  showTroubles(status.errors.map((one) => (language === "en" ? one.message_en : one.message)));
  at("pause").hidden = status.state !== "active";
  at("resume").hidden = status.state !== "paused";
  at("change").hidden = !SETTLED.includes(status.state);
  at("follow").hidden = status.state === "not_activated";
  STREAMS.forEach((stream) => showRun(stream, status.imports[stream], status.state));
  at("counts").replaceChildren(...Object.entries(status.tasks).map(taskCount));
  showForms();
  at("status").hidden = false;
}

function showTroubles(sentences) {
  const before = [...at("troubles").children].map((item) => item.textContent);
  if (before.join() === sentences.join()) return;
  at("troubles").replaceChildren(...sentences.map((text) => element("li", text)));
}

function taskCount([state, count]) {
  const pair = document.createElement("div");
  pair.append(element("dt", words[`task_${state}`]), element("dd", count));
  return pair;
}

function showRun(stream, run, state) {
  const bar = at(stream);
  const { seen = 0, total = 0 } = run ?? {};
  bar.max = total || 1;
  if (run?.state === "running" && !total) bar.removeAttribute("value");
  else bar.value = run?.state === "finished" ? bar.max : seen;
  const sentence = words[`run_${run?.state ?? "waiting"}`];
  write(at(`${stream}_run`), fill(sentence, { seen, total, time: time(run?.finished_at) }));
  write(at(`${stream}_counts`), run ? fill(words.run_counts, run) : "");
  at(`${stream}_now`).hidden = state !== "active" || run?.state === "running";
}

// --- Tasks that need a person ---

async function showHeld(after = "") {
  const query = new URLSearchParams(after ? { state: "held", cursor: after } : { state: "held" });
  const page = await call("GET", integration(agreement, `/tasks?${query}`));
  if (!after) at("held").replaceChildren();
  at("held").append(...page.tasks.map(heldTask));
  cursor = page.next_cursor;
  at("more").hidden = !cursor;
  at("none_held").hidden = at("held").children.length > 0;
}

function heldTask(record) {
  const item = at("held_task").content.cloneNode(true).firstElementChild;
  const id = record.task_id;
  const name = fill(words.task, { id });
  item.querySelector("h4").textContent = name;
  item.querySelector(".reason").textContent = record.reason?.[language] ?? record.reason?.code ?? "";
  item.querySelector(".detail").textContent = record.detail ?? "";
  item.querySelector(".since").textContent = fill(words.since, { time: time(record.changed_at) });
  for (const button of item.querySelectorAll("button")) button.ariaLabel = `${button.textContent}: ${name}`;
  onClick(item.querySelector(".resend"), () => steer(id, "resend", words.resent));
  item.querySelector(".withhold").addEventListener("click", () => askWhy(id));
  return item;
}

async function steer(id, action, done, body) {
  try {
    await call("POST", integration(agreement, `/tasks/${encodeURIComponent(id)}/${action}`), body);
    tell(fill(done, { id }));
  } finally {
    await refresh(true);
    at("held_heading").focus();
  }
}

function askWhy(id) {
  withholding = id;
  clearErrors(at("withholding"));
  at("why").value = "";
  at("withhold_heading").textContent = fill(words.withhold_heading, { id });
  at("withhold").showModal();
}

function onClick(button, act) {
  const refused = (refusal) => {
    if (NO_SESSION.includes(refusal.problem.code)) leave(words.session_over);
    else tell(refusal.sentence);
  };
  button.addEventListener("click", () => busy(button, act, refused));
}

// --- Start ---

onSubmit(at("activation"), activate);
onSubmit(at("login"), logIn);
onSubmit(at("withholding"), async (reason) => {
  await steer(withholding, "do-not-send", words.withheld, reason);
  at("withhold").close();
  at("held_heading").focus();
});
at("cancel").addEventListener("click", () => at("withhold").close());
at("erp_username").addEventListener("input", dropCompanies);
onClick(at("log_out"), logOut);
for (const [id, active] of [["pause", false], ["resume", true]]) {
  onClick(at(id), async () => {
    await call("PUT", integration(agreement), { active });
    await refresh();
    at("state").focus();
  });
}
at("change").addEventListener("click", () => {
  changing = true;
  at("active").checked = shown.state === "active";
  showForms();
  at("bridge_user").focus();
});
for (const stream of STREAMS) {
  onClick(at(`${stream}_now`), async () => {
    await call("POST", integration(agreement, "/imports"), { stream });
    tell(words.import_asked);
    await refresh();
  });
}
onClick(at("more"), () => showHeld(cursor));
document.addEventListener("visibilitychange", () => !document.hidden && agreement && refresh());
addEventListener("pagehide", forgetPasswords);

const number = new URLSearchParams(location.search).get("avtalenummer") ?? "";
remember(number);
showForms();
if (AGREEMENT_NUMBER.test(number)) {
  try {
    await call("GET", integration(number));
    await enter(number);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
