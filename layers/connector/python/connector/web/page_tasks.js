// The list of tasks: what became of each, why, and what a person may decide about one or many.

const STUCK = ["held", "ignored"];
const KEEPABLE = ["received", ...STUCK];
const REMAKEABLE = ["order_gone", "outcome_unknown"];
const AT_ONCE = 500; // task ids in one request

// By the last part of the address; those with a heading ask who and why first.
const DECISIONS = [
  {
    action: "approve",
    label: words.approve,
    done: words.approved,
    isFor: ({ state, reason }) => state === "held" && reason?.code === "waiting_for_approval",
  },
  {
    action: "resend",
    label: words.resend,
    done: words.resent,
    isFor: ({ state }) => STUCK.includes(state),
  },
  {
    action: "new-order",
    label: words.new_order,
    done: words.new_order_asked,
    heading: words.new_order_heading,
    hint: words.new_order_hint,
    isFor: ({ state, reason }) => state === "held" && REMAKEABLE.includes(reason?.code),
  },
  {
    action: "send-again",
    label: words.send_after_all,
    done: words.sent_after_all,
    heading: words.send_after_all_heading,
    hint: words.send_after_all_hint,
    isFor: ({ state }) => state === "do_not_send",
  },
  {
    action: "do-not-send",
    label: words.do_not_send,
    done: words.withheld,
    heading: words.withhold_heading,
    hint: words.withhold_hint,
    isFor: ({ state }) => KEEPABLE.includes(state),
  },
];

const items = new Map(); // task id → the record as text, and its place in the list
let pages = 1; // of the list, as far as it is shown
let listing = 0; // of asking: an answer that comes too late is dropped
let deciding = null; // the decision and the task that the dialog is about

// --- The list ---

async function showTasks() {
  const mine = ++listing;
  const state = at("filter").value;
  const found = new Map();
  let cursor = null;
  for (let page = 0; page < pages && (cursor || page === 0); page += 1) {
    const query = new URLSearchParams({ ...(state && { state }), ...(cursor && { cursor }) });
    const answer = await call("GET", integration(agreement, `/tasks?${query}`));
    if (mine !== listing) return;
    for (const task of answer.tasks) found.set(task.task_id, task);
    cursor = answer.next_cursor;
  }
  draw(found);
  at("more").hidden = !cursor;
  at("many").hidden = !found.size;
  write(at("none"), found.size ? "" : state === "held" ? words.none_held : words.no_tasks);
}

// What didn't change keeps its tick, its open history and the focus.
function draw(found) {
  const before = new Map(items);
  items.clear();
  for (const [id, task] of found) {
    const text = JSON.stringify(task);
    items.set(id, before.get(id)?.text === text ? before.get(id) : { text, item: taskItem(task) });
  }
  const wanted = [...items.values()].map(({ item }) => item);
  const list = at("task_list");
  const shownItems = [...list.children];
  if (wanted.length === shownItems.length && wanted.every((item, index) => item === shownItems[index])) return;
  const focused = document.activeElement;
  list.replaceChildren(...wanted);
  if (list.contains(focused)) focused.focus();
  countPicked();
}

function startList() {
  listing += 1;
  pages = 1;
  items.clear();
  at("pick_all").checked = false;
  for (const id of ["task_list", "refused"]) at(id).replaceChildren();
  at("many").hidden = at("more").hidden = true;
  write(at("none"), "");
}

function offerStates(states) {
  if (at("filter").length > 1) return;
  at("filter").append(...states.map((state) => new Option(words[`task_${state}`], state)));
  at("filter").value = "held";
}

// --- One task ---

function taskItem(task) {
  const item = at("task_item").content.cloneNode(true).firstElementChild;
  const put = (part, text) => (item.querySelector(`.${part}`).textContent = text ?? "");
  const name = fill(words.task, { id: task.task_id });
  put("name", name);
  put("state", words[`task_${task.state}`] ?? task.state);
  put("reason", task.reason?.[language]);
  put("todo", task.reason?.[`todo_${language}`]);
  put("detail", task.detail);
  put("since", fill(words.since, { time: time(task.changed_at) }));
  const add = (part, elements) => item.querySelector(`.${part}`).append(...elements);
  add("orders", task.orders.map((order) => element("li", orderLine(order))));
  add("history", task.history.map((entry) => element("li", historyLine(entry))).reverse());
  item.querySelector("summary").ariaLabel = `${words.history}: ${name}`;
  item.querySelector("details").hidden = !task.history.length;
  const offered = DECISIONS.filter((decision) => decision.isFor(task));
  add("actions", offered.map((decision) => decisionButton(decision, task.task_id, name)));
  return item;
}

function orderLine(order) {
  const sentence = order.order_id === null ? words.order_unknown : words.order;
  const line = fill(sentence, { ...order, net: order.net_total === null ? "–" : kroner.format(order.net_total) });
  return order.gone ? line + words.order_gone : line;
}

function historyLine(entry) {
  const state = words[`task_${entry.state}`] ?? entry.state;
  const line = fill(words.entry, { ...entry, time: time(entry.at), state });
  return [line, entry.reason?.[language], entry.detail].filter(Boolean).join(" – ");
}

function decisionButton(decision, id, name) {
  const button = element("button", decision.label);
  button.type = "button";
  button.ariaLabel = `${decision.label}: ${name}`;
  if (decision.heading) button.addEventListener("click", () => askWhy(decision, id));
  else onClick(button, () => decide(decision, id));
  return button;
}

async function decide({ action, done }, id, reason) {
  try {
    await call("POST", integration(agreement, `/tasks/${encodeURIComponent(id)}/${action}`), reason);
    tell(fill(done, { id }));
  } finally {
    await refresh(true);
    at("tasks_heading").focus();
  }
}

function askWhy(decision, id) {
  deciding = { decision, id };
  clearErrors(at("deciding"));
  at("why").value = "";
  at("decide_heading").textContent = fill(decision.heading, { id });
  at("decide_hint").textContent = decision.hint;
  at("decided").textContent = decision.label;
  at("decide").showModal();
}

// --- Many tasks ---

const ticks = () => [...items].map(([id, { item }]) => [id, item.querySelector(".pick")]);
const picked = () => ticks().filter(([, tick]) => tick.checked).map(([id]) => id);

function countPicked() {
  const count = picked().length;
  write(at("picked"), fill(words.picked, { count }));
  at("pick_all").checked = count > 0 && count === items.size;
}

// `changed` is what the answer calls those that were.
async function decideMany(action, changed, done) {
  const task_ids = picked();
  at("refused").replaceChildren();
  if (!task_ids.length) return tell(words.none_picked);
  if (task_ids.length > AT_ONCE) return tell(fill(words.too_many_picked, { count: AT_ONCE }));
  const answer = await call("POST", integration(agreement, `/tasks/${action}`), { task_ids });
  tell(fill(done, { count: answer[changed].length }));
  at("refused").append(...answer.refused.map((one) => element("li", refusalLine(one))));
  for (const [, tick] of ticks()) tick.checked = false;
  countPicked();
  await refresh(true);
  at("tasks_heading").focus();
}

function refusalLine({ task_id: id, code, message }) {
  return `${fill(words.task, { id })}: ${words[`refused_${code}`] ?? message}`;
}

async function resendFinished(since) {
  const address = integration(agreement, "/tasks/resend-finished");
  const { count } = await call("POST", `${address}?check=true`, since);
  if (!count) return tell(words.none_finished);
  if (!(await ask(fill(words.send_finished_question, { count }), words.send_them))) return;
  const { resent } = await call("POST", address, since);
  tell(fill(words.many_resent, { count: resent }));
  await refresh(true);
}

// --- Start ---

onSubmit(at("deciding"), async (reason) => {
  await decide(deciding.decision, deciding.id, reason);
  at("decide").close();
  at("tasks_heading").focus();
});
onSubmit(at("finishing"), resendFinished);
onClick(at("resend_picked"), () => decideMany("resend", "resent", words.many_resent));
onClick(at("approve_picked"), () => decideMany("approve", "approved", words.many_approved));
onClick(at("more"), async () => {
  pages += 1;
  await showTasks();
});
at("filter").addEventListener("change", () => {
  startList();
  refresh(true);
});
at("pick_all").addEventListener("change", ({ target }) => {
  for (const [, tick] of ticks()) tick.checked = target.checked;
  countPicked();
});
at("task_list").addEventListener("change", countPicked);
at("cancel").addEventListener("click", () => at("decide").close());
at("sure_yes").addEventListener("click", () => at("sure").close("yes"));
at("sure_no").addEventListener("click", () => at("sure").close("no"));
