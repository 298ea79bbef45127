"use strict";
// Reads the data back and makes elements. Texts only ever become text nodes.

const SVG = "http://www.w3.org/2000/svg";

function h(tag, attributes = {}, ...children) {
  const svg = tag.startsWith("svg:");
  const element = svg ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return expand(await new Response(stream).json());
}

// The inverse of payload.py: indices become texts, rows become objects.
function expand(data) {
  const text = (i) => (i < 0 ? "" : data.strings[i]);
  const list = (i) => (i < 0 ? null : data.lists[i].map(text));
  const messages = data.messages.map(([role, content]) => ({ role, content: text(content) }));
  const tasks = data.tasks.map(([id, split, goal, family, key]) => ({ id, split, goal, family, key }));
  const calls = (rows) =>
    rows.map((c) => ({
      ...c,
      messages: [c.messages[0], ...c.messages.slice(1).map((m) => messages[m])],
      how: c.how === undefined ? "" : text(c.how),
      candidates: (c.candidates || []).map(text),
      text: c.text === undefined ? null : text(c.text),
      error: c.error === undefined ? null : text(c.error),
    }));
  const steps = data.steps.map(([seen, actions, action, thought, reward, info, asked, grounds]) => ({
    seen: text(seen),
    actions: actions,
    action: text(action),
    thought: text(thought),
    reward,
    info: info < 0 ? {} : JSON.parse(text(info)),
    calls: calls(asked),
    grounds: grounds < 0 ? null : JSON.parse(text(grounds)),
  }));
  for (const step of steps) step.actions = list(step.actions);
  const episodes = data.episodes.map(([run, learner, phase, task, seed, attempt, path, seen, actions, stop, success, score, error, rest], place) => ({
    place, run, learner, phase, task: tasks[task], seed, attempt, steps: path.map((i) => steps[i]),
    final: text(seen), stop, success, score, error: text(error), unfinished: calls(rest),
  }));
  const trees = data.trees.map((tree) => ({
    ...tree,
    task: tasks[tree.task],
    steps: tree.steps.map((i) => steps[i]),
    leaves: tree.leaves.map(([node, attempt, stop, success, seen]) => ({ node, attempt, stop, success, final: text(seen) })),
  }));
  return { runs: data.runs, episodes, trees };
}

// Scrolls a pane, and never the page, until an element in it is seen.
function within(pane, element, margin = 0) {
  if (!element) return;
  const outer = pane.getBoundingClientRect(), inner = element.getBoundingClientRect();
  const short = (a, b, c, d) => (a < c + margin ? a - c - margin : b > d - margin ? b - d + margin : 0);
  pane.scrollBy(short(inner.left, inner.right, outer.left, outer.right), short(inner.top, inner.bottom, outer.top, outer.bottom));
}

const ENDINGS = {
  terminated: "the world ended it", max_steps: "out of steps", max_tokens: "out of context",
  unparsed: "no action in the reply", resigned: "given up by the agent", failed: "broken by a failure",
};
const ending = (stop) => ENDINGS[stop] || "not finished";
const outcome = (success) => (success === null ? "unmeasured" : success ? "success" : "failure");
const sign = (success) => (success === null ? "?" : success ? "✓" : "✗");
const plain = (name) => String(name).replaceAll("_", " ");
const chip = (run) => h("i", { class: `chip run-${run}` });
const many = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
