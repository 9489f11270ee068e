// What the page's script (the files that follow this in the same module) stands on: the API and forms.

const AGREEMENT_NUMBER = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;

const NO_SESSION = ["unauthenticated", "other_agreement"];

let agreement = null; // whose session this is

const at = (id) => document.getElementById(id);
const words = JSON.parse(at("words").textContent);
const language = document.documentElement.lang;
const base = location.origin + location.pathname.replace(/\/*$/, "/");
const inOslo = { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Oslo" };
const locale = language === "en" ? "en-GB" : "nb";
const clock = new Intl.DateTimeFormat(locale, inOslo);

class Refusal extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
    const english = language === "en" && problem.detail_en;
    this.sentence = english || problem.detail || words.failed;
  }
}

async function call(method, path, body) {
  let answer, found;
  try {
    const headers = { "Content-Type": "application/json" };
    answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    // The gateway calls an empty answer JSON too.
    found = JSON.parse((await answer.text()) || "{}");
  } catch {
    throw new Refusal({ code: "offline", detail: words.offline, detail_en: words.offline });
  }
  if (!answer.ok) throw new Refusal(found);
  return found;
}

const integration = (number, rest = "") => `integrations/${encodeURIComponent(number)}${rest}`;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const kroner = new Intl.NumberFormat(locale, { style: "currency", currency: "NOK" });
const time = (moment) => (moment ? clock.format(new Date(moment)) : "");

// Writes only what changed, so that a screen reader isn't told the same again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tell(text) {
  at("notice").textContent = text;
}

function clearErrors(form) {
  for (const element of form.querySelectorAll(".error")) element.textContent = "";
  for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
}

// A field of many lines may have several errors.
function mark(input, text) {
  const place = input.closest(".field").querySelector(".error");
  input.setAttribute("aria-invalid", "true");
  place.textContent = [place.textContent, text].filter(Boolean).join(" ");
}

function showRefusal(form, refusal) {
  const { code, errors = [] } = refusal.problem;
  if (agreement !== null && NO_SESSION.includes(code)) return leave(words.session_over);
  for (const error of errors) {
    // An entry of a mapping is named after its setting: settings.projects.P-1.
    const [, name, , key] = /^((settings\.)?[^.]+)(?:\.(.+))?$/s.exec(error.field) ?? [];
    const input = form.elements.namedItem(name);
    const own = language === "en" ? error.message_en : error.message;
    const text = key ? `${key}: ${own}` : own;
    // Only of a malformed field does the field's own message say more than the whole.
    if (input && !input.closest("[hidden]")) mark(input, code === "validation" ? text : refusal.sentence);
  }
  if (!form.querySelector("[aria-invalid]")) form.querySelector(".problem").textContent = refusal.sentence;
}

function findMistakes(form) {
  for (const input of form.elements) {
    if (input.type === "checkbox") {
      if (input.required && !input.checked) mark(input, words.not_ticked);
    } else if (input.required && !input.value.trim()) {
      mark(input, words.missing);
    } else if (input.name === "agreement_number" && !AGREEMENT_NUMBER.test(input.value.trim())) {
      mark(input, words.bad_agreement_number);
    } else if (input.validity.badInput) {
      mark(input, words.bad_date);
    }
  }
}

// What is filled in, by name; passwords exactly as they were typed.
function given(form) {
  const filled = [...form.elements].filter((input) => input.name && input.value && input.type !== "checkbox");
  const value = (input) => (input.type === "password" ? input.value : input.value.trim());
  return Object.fromEntries(filled.map((input) => [input.name, value(input)]));
}

function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    findMistakes(form);
    if (!form.querySelector("[aria-invalid]")) {
      await busy(event.submitter, () => act(given(form)), (refusal) => showRefusal(form, refusal));
    }
    form.querySelector("[aria-invalid]")?.focus();
  });
}

async function busy(button, act, refused) {
  const label = button.textContent;
  button.disabled = true;
  if (button.form) button.textContent = words.please_wait;
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused(error);
  } finally {
    button.disabled = false;
    if (button.form) button.textContent = label;
    // A disabled button lets go of the focus.
    if (document.activeElement === document.body) button.focus();
  }
}

function onClick(button, act) {
  const refused = (refusal) => {
    if (NO_SESSION.includes(refusal.problem.code)) leave(words.session_over);
    else tell(refusal.sentence);
  };
  button.addEventListener("click", () => busy(button, act, refused));
}

// Resolves to whether the person says yes.
function ask(question, yes) {
  const dialog = at("sure");
  at("sure_question").textContent = question;
  at("sure_yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function element(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

function forgetPasswords() {
  for (const input of document.querySelectorAll("input[type=password]")) input.value = "";
}
