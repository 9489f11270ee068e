// The settings: fields that the page came with (page_settings.py), filled in from the status document.

const filledIn = new Map(); // field → what it was filled in with
let settingsVersion = 0;

const settingsFields = () => [...at("settings").elements].filter((input) => input.name);
const settingOf = (input) => input.name.replace("settings.", "");
const content = (input) => (input.type === "checkbox" ? String(input.checked) : input.value);

// What a person has changed and not saved stays.
function showSettings(status) {
  at("settings_box").hidden = !SETTLED.includes(status.state);
  write(at("settings_version"), fill(words.settings_version, { version: status.settings_version }));
  if (settingsVersion === status.settings_version) return;
  settingsVersion = status.settings_version;
  for (const input of settingsFields()) {
    if (filledIn.has(input) && filledIn.get(input) !== content(input)) continue;
    fillIn(input, status.settings[settingOf(input)]);
  }
}

function fillIn(input, value) {
  if (input.type === "checkbox") input.checked = value;
  else if (input.dataset.values) input.value = Object.entries(value).map((pair) => pair.join(" = ")).join("\n");
  else input.value = value;
  filledIn.set(input, content(input));
}

function forgetSettings() {
  filledIn.clear();
  settingsVersion = 0;
}

function setting(input) {
  if (input.type === "checkbox") return input.checked;
  return input.dataset.values ? mapping(input) : input.value;
}

// Lines "key = value"; marks the field where one isn't.
function mapping(input) {
  const wantsNumber = input.dataset.values === "number";
  const found = new Map();
  for (const [index, text] of input.value.split("\n").entries()) {
    if (!text.trim()) continue;
    // A name may hold "=", a number may not.
    const cut = wantsNumber ? text.lastIndexOf("=") : text.indexOf("=");
    const [key, value] = [text.slice(0, Math.max(cut, 0)).trim(), text.slice(cut + 1).trim()];
    const wrong = (sentence) => mark(input, fill(sentence, { line: index + 1, key }));
    if (!key || !value) wrong(words.line_without_value);
    else if (found.has(key)) wrong(words.line_twice);
    else if (wantsNumber && !/^\d{1,15}$/.test(value)) wrong(words.line_no_number);
    else found.set(key, wantsNumber ? Number(value) : value);
  }
  return Object.fromEntries(found);
}

async function saveSettings() {
  const changed = settingsFields().filter((input) => filledIn.get(input) !== content(input));
  const sent = changed.map((input) => [input, content(input)]);
  const settings = Object.fromEntries(changed.map((input) => [settingOf(input), setting(input)]));
  if (at("settings").querySelector("[aria-invalid]")) return;
  if (!changed.length) return tell(words.settings_unchanged);
  await call("PUT", integration(agreement), { active: shown.state === "active", settings });
  for (const [input, text] of sent) filledIn.set(input, text);
  settingsVersion = 0;
  tell(words.settings_saved);
  await refresh();
}

onSubmit(at("settings"), saveSettings);
