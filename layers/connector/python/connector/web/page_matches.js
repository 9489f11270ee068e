// The match report: how the two registers fit together, for as long as an import waits for a person.

let reported = ""; // the runs whose report is on the screen

const isUnconfirmed = (status, stream) =>
  status.errors.some(({ code, about }) => code === "matches_unconfirmed" && about === stream);

async function showMatches(status) {
  const waiting = STREAMS.filter((stream) => isUnconfirmed(status, stream));
  const runs = waiting.map((stream) => status.imports[stream].run_id).join();
  if (runs === reported) return;
  const mine = turn;
  const reviews = runs ? await call("GET", integration(agreement, "/matches")) : {};
  if (mine !== turn) return;
  reported = runs;
  showReviews(reviews);
}

function showReviews(reviews) {
  const waiting = STREAMS.filter((stream) => reviews[stream]?.state === "waiting");
  at("matches").hidden = !waiting.length;
  at("match_reports").replaceChildren(...waiting.map((stream) => matchReport(stream, reviews[stream])));
}

function matchReport(stream, review) {
  const report = at("match_report").content.cloneNode(true).firstElementChild;
  const part = (selector) => report.querySelector(selector);
  const heading = at(stream).labels[0].textContent;
  part("h4").textContent = heading;
  if (!review.counts) {
    part(".compared").textContent = words.not_compared;
    part("details").hidden = true;
    return report;
  }
  part(".compared").textContent = fill(words.compared, { time: time(review.compared_at) });
  const counted = Object.entries(review.counts).filter(([, count]) => count);
  part("dl").append(...counted.map(([kind, count]) => numbered(words[`match_${kind}`], count)));
  const conflicts = review.matches.filter(({ conflict }) => conflict);
  const sentence = review.conflicts ? words.conflicts : words.no_conflicts;
  const counts = { count: review.conflicts, shown: conflicts.length };
  part(".conflict_count").textContent = fill(sentence, counts);
  part(".conflicts").append(...conflicts.map((one) => matchLine(words[`conflict_${one.conflict}`], one)));
  const others = review.matches.filter(({ conflict }) => !conflict);
  part(".others").append(...others.map((one) => matchLine(words[`match_${one.kind}`], one)));
  part("summary").ariaLabel = `${words.other_matches}: ${heading}`;
  part("details").hidden = !others.length;
  return report;
}

function matchLine(sentence, one) {
  const sides = [];
  if (one.number !== null) sides.push(["24SevenOffice", one.number, one.name, one.organisation_number]);
  if (one.smartday_id !== null) {
    sides.push(["Smartday", one.smartday_number, one.smartday_name, one.smartday_organisation_number]);
  }
  const side = ([name, ...parts]) => `${name}: ${parts.filter(Boolean).join(", ")}`;
  return element("li", `${sentence}. ${sides.map(side).join(" – ")}`);
}

onSubmit(at("confirming"), async (confirmer) => {
  showReviews(await call("POST", integration(agreement, "/matches:confirm"), confirmer));
  tell(words.confirmed);
  expectImport();
  await refresh();
  at("imports_heading").focus();
});
