// One step, and one model call, as a person reads them.

function stepView(step, number, said) {
  const notes = [];
  if (step.reward) notes.push(h("span", { class: `tag ${step.reward > 0 ? "good" : "bad"}` }, `reward ${step.reward > 0 ? "+" : ""}${step.reward}`));
  for (const name of step.info.called || []) notes.push(h("span", { class: "tag" }, `calls ${name}`));
  const program = isProgram(step);
  const admissible = step.info.valid ?? (step.actions === null || step.actions.includes(step.action));
  if (!admissible) notes.push(h("span", { class: "tag bad" }, program ? "failed" : "not admissible"));
  return h("article", { class: "step" },
    h("p", { class: "seen said" }, step.seen),
    h("span", { class: "n", "aria-label": `step ${number}` }, number),
    h("div", { class: "said" },
      h("div", { class: "did" },
        step.thought && h("p", { class: "thought" }, step.thought),
        h("span", { class: program ? "action program" : "action" }, program ? coloured(step.action) : step.action), notes),
      h("div", { class: "more" }, insideView(step), groundsView(step), callsView(step.calls, said), actionsView(step), infoView(step))));
}

function lazily(summary, make) {
  const details = h("details", {}, h("summary", {}, summary));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(...[make()].flat());
  });
  return details;
}

function actionsView(step) {
  if (!step.actions) return null;
  return lazily(`${many(step.actions.length, "admissible action")}`, () =>
    h("ul", { class: "admissible" }, step.actions.map((a) => h("li", { class: a === step.action ? "taken" : null }, a))));
}

// What an action written as a program did: [command, answer, whether it had an effect, reward] for each inner move.
const CUT = { stopped: "ended early: the task was over", timeout: "cut off: out of time", killed: "cut off: it broke its bounds" };

function isProgram(step) {
  const inner = step.info.inner;
  return Array.isArray(inner) && !(inner.length === 1 && inner[0][0] === step.action);
}

function insideView(step) {
  if (!isProgram(step)) return null;
  const { inner, failure, error, ending, rung } = step.info;
  const broken = inner.filter(([, , valid]) => !valid).length;
  const about = [many(inner.length, "inner move"), broken && `${broken} failed`, ending === "raised" && "raised", CUT[ending]];
  const details = lazily(about.filter(Boolean).join(", "), () => [
    inner.length > 0 && h("ol", { class: "moves" }, told(step).map((move, i) => moveView(move, i === failure))),
    error && h("pre", { class: "traceback" }, error.trimEnd()),
    rung && h("p", { class: "meta" }, `ran under: ${rung}`),
  ].filter(Boolean));
  details.classList.add("inside");
  return details;
}

// Each answer without the sentences that the last answer of a move with an effect had; the record has it whole.
function told(step) {
  let known = new Set(sentences(step.seen));
  return step.info.inner.map(([command, answer, valid, reward]) => {
    const fresh = sentences(answer).filter((sentence) => !known.has(sentence)).join(" ");
    if (valid) known = new Set(sentences(answer));
    return [command, fresh || answer, valid, reward];
  });
}

const sentences = (text) => text.split(/(?<=[.!?])\s+/);

function moveView([command, answer, valid, reward], first) {
  return h("li", { class: valid ? null : "bad" },
    h("span", { class: "mark", role: "img", "aria-label": valid ? "had an effect" : "failed" }, valid ? "·" : "✗"),
    h("code", {}, command),
    h("span", { class: "answer" }, answer),
    first && h("span", { class: "tag bad" }, "first failure"),
    reward ? h("span", { class: `tag ${reward > 0 ? "good" : "bad"}` }, `reward ${reward > 0 ? "+" : ""}${reward}`) : null);
}

// How a decision was weighed: each opinion's share of every kind of action, what was known, and the cases that voted.
function groundsView(step) {
  if (!step.grounds) return null;
  if (!step.grounds.opinions) return lazily("grounds", () => h("pre", {}, JSON.stringify(step.grounds, null, 1)));
  const { opinions, fused, winner, voted, nearest } = step.grounds;
  const rank = (name) => ({ policy: -1, cases: 1 })[name] || 0; // the agent's own choice first, what is remembered last
  const names = Object.keys(opinions).sort((a, b) => rank(a) - rank(b));
  const known = step.calls.filter((c) => c.to === "world" && c.kind === "generate" && c.text);
  const own = favourite(opinions.policy || {});
  const kinds = Object.keys(fused).filter((kind) => fused[kind] >= 0.0005).sort((a, b) => fused[b] - fused[a]);
  const row = (kind) => h("tr", { class: kind === winner ? "taken" : null }, h("th", { scope: "row" }, kind),
    [...names.map((name) => opinions[name][kind]), fused[kind]].map((share) => h("td", {}, percent(share))));
  const against = own && own !== winner ? `, where the policy alone would ${own}` : "";
  return lazily(`weighed: ${winner} ${percent(fused[winner])}${against}`, () => [
    known.map((c) => h("p", { class: "known" }, h("span", { class: "meta" }, `${knowledge(c)}: `), c.text)),
    h("table", { class: "opinions" },
      h("thead", {}, h("tr", {}, ["kind of action", ...names, "together"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, kinds.map(row))),
    h("p", { class: "meta" }, `${many(voted, "case")} voted${nearest.length ? "; the nearest:" : ""}`),
    nearest.length > 0 && h("ul", { class: "nearest" }, nearest.map((n) =>
      h("li", {}, `${n.likeness.toFixed(2)}  ${n.before ? `after “${n.before}”` : "at the beginning"}: ${n.state} → `, h("code", {}, n.action)))),
  ].flat().filter(Boolean));
}

const favourite = (opinion) => Object.keys(opinion).sort((a, b) => opinion[b] - opinion[a])[0];

// What a call to the world knowledge model asked for: the last words of its question.
function knowledge(call) {
  const asked = call.messages.slice(1).pop();
  return asked ? asked.content.trim().split("\n").pop().replace(/:$/, "").toLowerCase() : "known";
}

const percent = (share) => (share === undefined ? "–" : `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`);

function infoView(step) {
  const keys = Object.keys(step.info).filter((key) => key !== "valid");
  if (!keys.length) return null;
  return lazily("record", () => h("pre", {}, JSON.stringify(step.info, null, 1)));
}

// `said` are the messages of the call before; a call keeps some of them and adds its own.
function callsView(calls, said) {
  if (!calls.length) return null;
  const read = calls.reduce((sum, c) => sum + (c.read || 0), 0);
  const written = calls.reduce((sum, c) => sum + (c.written || 0), 0);
  const tokens = read + written ? `, ${read} tokens read, ${written} written` : "";
  return lazily(`${many(calls.length, "model call")}${tokens}`, () => {
    let before = said();
    return calls.map((call) => {
      const view = callView(call, before);
      before = whole(call, before);
      return view;
    });
  });
}

function whole(call, before) {
  if (call.kind === "embed") return before;
  const [kept, ...added] = call.messages;
  return [...before.slice(0, kept), ...added];
}

// The messages in force before step `i` of a path.
function saidBefore(steps, i) {
  let said = [];
  for (const step of steps.slice(0, i)) for (const call of step.calls) said = whole(call, said);
  return said;
}

function callView(call, before) {
  const [kept, ...added] = call.messages;
  const about = [`${call.kind} · to ${call.to}`, call.how].filter(Boolean).join(" · ");
  return h("div", { class: "call" },
    h("div", { class: "meta" }, about),
    kept > 0 && lazily(`${many(kept, "earlier message")}`, () => before.slice(0, kept).map((m) => messageView(m.role, m.content))),
    added.map((m) => messageView(m.role, m.content)),
    replyView(call));
}

function messageView(role, content, kind = "") {
  return h("div", { class: `message ${kind}` }, h("span", { class: "role" }, role), h("pre", {}, content));
}

function replyView(call) {
  if (call.error) return messageView("failed", call.error, "reply");
  if (call.kind === "embed") return messageView("embedded", call.candidates.join("\n"), "reply");
  if (call.kind === "score") {
    const lines = call.candidates.map((c, i) => `${(call.totals?.[i] ?? NaN).toFixed(2).padStart(8)}  ${c}`);
    return messageView("log-prob.", lines.join("\n"), "reply");
  }
  const notes = [];
  if (call.finish === "length") notes.push("cut at its length");
  if (call.logprob !== null && call.logprob !== undefined) notes.push(`log-probability ${call.logprob.toFixed(2)}`);
  return [messageView("reply", call.text ?? "", "reply"), notes.length && h("div", { class: "meta" }, notes.join(" · "))];
}
