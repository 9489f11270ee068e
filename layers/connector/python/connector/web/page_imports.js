// How imports go, and a full one that waits for a person's word on what becomes inactive.

const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

let complaints = ""; // the troubles on the screen
let waiting = null; // the run that the dialog is about

// --- Progress ---

function showRun(stream, run, status) {
  const bar = at(stream);
  const { state, seen = 0, total = 0 } = run ?? {};
  bar.max = total || 1;
  if (state === "running" && !total) bar.removeAttribute("value");
  else bar.value = state === "finished" ? bar.max : seen;
  write(at(`${stream}_run`), runSentence(stream, run, status));
  write(at(`${stream}_pace`), state === "running" ? paceSentence(run) : "");
  write(at(`${stream}_counts`), run ? countsSentence(run) : "");
  const notes = (run?.notes ?? []).map((note) => {
    const message = language === "en" ? note.message_en : note.message;
    return element("li", fill(words.run_note, { message, count: note.count, numbers: note.numbers.join(", ") }));
  });
  at(`${stream}_notes`).replaceChildren(...notes);
  at(`${stream}_left_out`).hidden = !(run?.set_aside || run?.rejected);
  const file = `/imports/${encodeURIComponent(run?.run_id ?? "")}/rejected?format=csv`;
  at(`${stream}_left_out`).firstElementChild.href = base + integration(status.agreement_number, file);
  at(`${stream}_now`).hidden = status.state !== "active" || state === "running";
}

// The run's numbers as people write them.
function counted(run) {
  const written = ([name, value]) => [name, typeof value === "number" ? digits.format(value) : value];
  return Object.fromEntries(Object.entries(run).map(written));
}

function countsSentence(run) {
  const counts = fill(words.run_counts, counted(run));
  return run.deactivated ? fill(words.run_deactivated, { ...counted(run), counts }) : counts;
}

function runSentence(stream, run, status) {
  if (!run) return words.run_waiting;
  if (isUnconfirmed(status, stream)) return words.run_unconfirmed;
  if (run.state === "held" && !isHeld(status, stream)) return words.run_confirmed;
  if (run.state === "running" && !run.total) return words.run_listing;
  if (isDeactivating(run)) return fill(words.run_deactivating, counted(run));
  const percent = run.total ? Math.floor((100 * run.seen) / run.total) : 0;
  return fill(words[`run_${run.state}`], { ...counted(run), percent, time: time(run.finished_at) });
}

// Everything listed is done; what is left goes at another pace.
const isDeactivating = ({ state, absent, deactivated }) => state === "running" && absent > deactivated;

function paceSentence(run) {
  const { records_per_second: pace, seconds_left: left } = run;
  if (!pace || isDeactivating(run)) return "";
  return fill(left ? words.run_pace_left : words.run_pace, { pace: digits.format(pace), left: duration(left) });
}

// As people say it: "40 sekunder", "3 minutter", "2 timer og 10 minutter"; rounded up.
function duration(seconds) {
  if (seconds < 60) return amount(seconds, "second");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return amount(minutes, "minute");
  const hours = amount(Math.floor(minutes / 60), "hour");
  return minutes % 60 ? fill(words.both, { hours, minutes: amount(minutes % 60, "minute") }) : hours;
}

function amount(count, unit) {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

// --- Troubles, and what would become inactive ---

const isHeld = (status, stream) =>
  status.errors.some(({ code, about }) => code === "import_held" && about === stream);

function showTroubles({ state, errors }) {
  const found = JSON.stringify([state, errors.map((one) => ({ ...one, at: null }))]);
  if (found === complaints) return;
  complaints = found;
  at("troubles").replaceChildren(...errors.map((one) => troubleItem(one, state === "active")));
}

function troubleItem({ about, message, message_en, run_id }, isActive) {
  const sentence = language === "en" ? message_en : message;
  const item = element("li", sentence);
  if (!run_id || !isActive) return item;
  const button = element("button", words.deactivate);
  button.type = "button";
  button.ariaLabel = `${words.deactivate}: ${at(about).labels[0].textContent}`;
  button.addEventListener("click", () => askWhetherInactive(run_id, sentence));
  item.append(" ", button);
  return item;
}

function askWhetherInactive(run_id, sentence) {
  waiting = run_id;
  clearErrors(at("deactivating"));
  at("deactivate_what").textContent = sentence;
  at("deactivate").showModal();
}

// --- Start ---

onSubmit(at("deactivating"), async (who) => {
  await call("POST", integration(agreement, `/imports/${encodeURIComponent(waiting)}/confirm`), who);
  at("deactivate").close();
  tell(words.deactivation_asked);
  expectImport();
  await refresh();
  at("imports_heading").focus();
});
at("deactivate_no").addEventListener("click", () => at("deactivate").close());
