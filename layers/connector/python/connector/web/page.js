// Coming and going, and how the integration stands. The session is the HttpOnly cookie; nothing is kept in the
// browser's storage, and what is shown goes in as text, never as markup.

const MILLISECONDS_IMPORTING = 2000;
const MILLISECONDS_QUIET = 30000;
const MILLISECONDS_EXPECTING = 60000; // how long an import that was asked for is looked for
const STREAMS = ["customers", "products"];
const LOGINS = ["bridge_user", "bridge_password", "erp_username", "erp_password"];
const SETTLED = ["active", "paused"];

let shown = null; // the status document on the screen
let changing = false; // the form is open though the integration is settled
let turn = 0; // of refreshing: an answer that comes too late is dropped
let timer = 0;
let expectingUntil = 0; // an import was asked for, and hasn't begun yet

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
  forgetSettings();
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
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  at("status").hidden = true;
  reported = "";
  showReviews({});
  forgetSettings();
  startList();
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
    const isQuiet = !isImporting(status);
    const hasMoved = JSON.stringify(shown?.tasks) !== JSON.stringify(status.tasks);
    shown = status;
    showStatus(status);
    if (wasImporting && isQuiet) tell(words.imports_done);
    if (!isQuiet) expectingUntil = 0;
    if (status.state !== "not_activated") await showMatches(status);
    if (anew || isQuiet || hasMoved) await showTasks();
    if (mine !== turn) return;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (mine !== turn) return;
    if (NO_SESSION.includes(error.problem.code)) return leave(words.session_over);
    tell(error.sentence);
  }
  const isSoon = isImporting(shown) || Date.now() < expectingUntil;
  const wait = isSoon ? MILLISECONDS_IMPORTING : MILLISECONDS_QUIET;
  timer = setTimeout(() => document.hidden || refresh(), wait);
}

function expectImport() {
  expectingUntil = Date.now() + MILLISECONDS_EXPECTING;
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
  showTroubles(status);
  at("pause").hidden = status.state !== "active";
  at("resume").hidden = status.state !== "paused";
  at("change").hidden = !SETTLED.includes(status.state);
  at("follow").hidden = status.state === "not_activated";
  at("finished_box").hidden = status.state !== "active";
  STREAMS.forEach((stream) => showRun(stream, status.imports[stream], status));
  const counts = Object.entries(status.tasks);
  at("counts").replaceChildren(...counts.map(([state, count]) => numbered(words[`task_${state}`], count)));
  offerStates(Object.keys(status.tasks));
  showSettings(status);
  showForms();
  at("status").hidden = false;
}

function numbered(name, count) {
  const pair = document.createElement("div");
  pair.append(element("dt", name), element("dd", count));
  return pair;
}

// --- Start ---

onSubmit(at("activation"), activate);
onSubmit(at("login"), logIn);
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
    expectImport();
    await refresh();
  });
}
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
