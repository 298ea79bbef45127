// A trajectory tree: a drawing to move about in, and beside it what the chosen step says.

const VISIBLE = 400; // nodes drawn at first; deeper ones begin folded
const LEAST = 0.8; // the zoom below which `fit` does not go for the height's sake; across, all is seen
const MARGIN = { left: 30, right: 60, top: 30, bottom: 14 };

function treeExplorer(root, data) {
  let tree = null;
  let folded = new Set();
  let picked = -1;
  let zoom = 1;
  let size = { width: 0, height: 0 };

  const field = h("div", { class: "field", tabindex: 0, role: "application", "aria-label": "Tree; arrow keys move, Enter folds" });
  const panel = h("div", { class: "panel", "aria-live": "polite" });
  const choice = h("select", { "aria-label": "Tree", onchange: () => { load(Number(choice.value)); } },
    data.trees.map((t, i) => h("option", { value: i }, `${data.runs[t.run]} · ${t.task.goal} (${many(t.parents.length, "step")})`)));
  const tool = (label, text, act) => h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick: act }, text);
  const tools = [
    tool("Smaller", "−", () => scale(zoom / 1.25)), tool("Larger", "+", () => scale(zoom * 1.25)), tool("Fit", "fit", fit),
    tool("Fold what has no pairs below", "pairs only", () => { foldUnpaired(); draw(); fit(); }),
    tool("Unfold everything", "unfold", () => { folded.clear(); draw(); fit(); }),
  ];
  const key = h("div", { class: "key" },
    h("span", {}, "chance of success 0", h("i", { class: "ramp" }), "1"),
    h("span", {}, "size: rollouts"), h("span", {}, "▲ better, ▼ worse of a chosen pair"), h("span", {}, "✓ ✗ where a rollout ended"));
  root.append(h("div", { class: "explorer tree" },
    h("div", { class: "canvas" }, h("div", { class: "toolbar" }, choice, tools), field, key), panel));

  function load(place, node = -1) {
    tree = prepared(data.trees[place], place);
    choice.value = place;
    folded = new Set(tooMany());
    picked = -1;
    for (let up = node >= 0 ? tree.parents[node] : -1; up >= 0; up = tree.parents[up]) folded.delete(up);
    draw();
    fit();
    pick(node >= 0 && node < tree.parents.length ? node : -1, false);
  }

  function tooMany() {
    const shown = [];
    const queue = [...(tree.children.get(-1) || [])];
    while (queue.length && shown.length < VISIBLE) {
      const node = queue.shift();
      shown.push(node);
      queue.push(...(tree.children.get(node) || []));
    }
    const inside = new Set(shown);
    return shown.filter((n) => (tree.children.get(n) || []).some((c) => !inside.has(c)));
  }

  function foldUnpaired() {
    const keep = new Set();
    for (const pair of tree.pairs) {
      for (let up = tree.parents[pair[0]]; up >= 0; up = tree.parents[up]) keep.add(up);
    }
    folded = new Set([...tree.parents.keys()].filter((n) => !keep.has(n) && tree.children.has(n)));
  }

  function draw() {
    const { at, order, across, width, height } = placed(tree, folded, field.clientWidth, field.clientHeight);
    size = { width, height, dot: Math.min(9, across / 2), room: field.clientWidth };
    const branches = order.map((n) => h("svg:path", { class: "branch", "data-node": n, d: bend(at.get(tree.parents[n]), at.get(n)) }));
    const arcs = tree.pairs.filter(([b, w]) => at.has(b) && at.has(w)).map(([b, w]) => {
      const [x, y] = at.get(b), [x2, y2] = at.get(w);
      return h("svg:path", { class: "pair", d: `M${x} ${y}Q${x - 14} ${(y + y2) / 2} ${x2} ${y2}` });
    });
    const start = h("svg:g", { class: "node", "data-node": -1, transform: `translate(${at.get(-1)})` },
      h("svg:rect", { class: "body", x: -5, y: -5, width: 10, height: 10, rx: 2, fill: "var(--soft)" }), h("svg:title", {}, tree.task.goal));
    const svg = h("svg:svg", { viewBox: `0 0 ${size.width} ${size.height}`, role: "img", "aria-label": `Tree of ${tree.parents.length} steps` },
      branches, arcs, start, order.map((n) => nodeView(n, at.get(n))));
    svg.addEventListener("click", (event) => {
      const node = event.target.closest(".node");
      if (node) pick(Number(node.dataset.node), true);
    });
    svg.addEventListener("pointerover", (event) => {
      const node = event.target.closest(".node");
      name(node ? Number(node.dataset.node) : picked);
    });
    svg.addEventListener("dblclick", (event) => {
      const node = event.target.closest(".node");
      if (node) toggle(Number(node.dataset.node));
    });
    svg.append(h("svg:text", { class: "name" }));
    field.replaceChildren(svg);
    scale(zoom);
    highlight();
  }

  function nodeView(n, [x, y]) {
    const radius = 3.5 + (size.dot - 3.5) * Math.sqrt(tree.visits[n] / tree.most);
    const leaves = tree.ends.get(n) || [];
    const won = leaves.filter((l) => l.success === true).length;
    const side = tree.better.has(n) ? "▲" : tree.worse.has(n) ? "▼" : "";
    const body = h("svg:circle", { class: "body", r: radius });
    body.style.fill = colour(tree.values[n]);
    const after = folded.has(n) ? `+${tree.below[n]}` : leaves.length ? (won ? "✓" : "✗") + (leaves.length > 1 ? leaves.length : "") : "";
    return h("svg:g", { class: "node", "data-node": n, transform: `translate(${x},${y})` }, body,
      side && h("svg:text", { class: `mark ${side === "▲" ? "good" : "bad"}`, y: -radius - 2, "text-anchor": "middle" }, side),
      after && h("svg:text", { class: folded.has(n) ? "" : won ? "won" : "lost", x: radius + 3, dy: "0.35em" }, after),
      h("svg:circle", { class: "reach", r: 10.5 }));
  }

  function toggle(n) {
    if (n < 0 || !tree.children.has(n)) return;
    if (!folded.delete(n)) folded.add(n);
    draw();
    pick(n, true);
  }

  function pick(n, byHand) {
    picked = n;
    panel.replaceChildren(...(n < 0 ? treeView() : pickedView(n)));
    panel.scrollTop = 0;
    highlight();
    if (byHand) history.replaceState(null, "", n < 0 ? `#tree-${tree.place}` : `#tree-${tree.place}-${n}`);
  }

  // Writes a node's action beside it.
  function name(n) {
    const node = field.querySelector(`.node[data-node="${n}"]`);
    const text = field.querySelector(".name");
    text.textContent = node && n >= 0 ? `${tree.steps[n].action}  ${shown(tree.values[n])}` : "";
    if (!node) return;
    const [x, y] = node.getAttribute("transform").slice(10, -1).split(",").map(Number);
    const left = x > size.width / 2;
    for (const [key, value] of Object.entries({ x: x + (left ? -8 : 8), y: y - 14, "text-anchor": left ? "end" : "start" })) text.setAttribute(key, value);
  }

  function highlight() {
    name(picked);
    const path = new Set(picked < 0 ? [] : pathTo(tree, picked));
    for (const branch of field.querySelectorAll(".branch")) branch.classList.toggle("lit", path.has(Number(branch.dataset.node)));
    for (const node of field.querySelectorAll(".node")) node.classList.toggle("picked", Number(node.dataset.node) === picked);
  }

  function rowOf(n, label) {
    const side = tree.better.has(n) ? "▲" : tree.worse.has(n) ? "▼" : "";
    const dot = h("i", { class: "swatch" });
    dot.style.background = colour(tree.values[n]);
    return h("li", {}, h("button", { type: "button", "aria-current": String(n === picked), onclick: () => reveal(n) },
      h("span", { class: `mark ${side === "▲" ? "good" : "bad"}` }, side), h("code", {}, label || tree.steps[n].action),
      h("span", { class: "num" }, dot, shown(tree.values[n])), h("span", { class: "num" }, `${tree.visits[n]}×`)));
  }

  function reveal(n) {
    for (let up = tree.parents[n]; up >= 0; up = tree.parents[up]) folded.delete(up);
    draw();
    pick(n, true);
    within(field, field.querySelector(`.node[data-node="${n}"]`), 60);
  }

  function treeView() {
    const won = tree.leaves.filter((l) => l.success === true).length;
    return [
      h("h3", {}, tree.task.goal),
      h("p", { class: "meta" }, [data.runs[tree.run], tree.task.id, `tree ${tree.name}`, `learner ${tree.learner}`, `seed ${tree.seed}`].join(" · ")),
      h("p", {}, `${many(tree.leaves.length, "rollout")}, ${won} of them successful; ${many(tree.parents.length, "step")}, each stored once; ${many(tree.pairs.length, "chosen pair")}.`),
      tree.pairs.length > 0 && h("h4", {}, "Chosen pairs, better against worse"),
      h("ul", { class: "rows" }, tree.pairs.flatMap(([b, w]) => [rowOf(b), rowOf(w)])),
      h("h4", {}, "First steps"),
      h("ul", { class: "rows" }, (tree.children.get(-1) || []).map((n) => rowOf(n))),
    ].filter(Boolean);
  }

  function pickedView(n) {
    const path = pathTo(tree, n);
    const kin = tree.children.get(tree.parents[n]);
    const ends = tree.ends.get(n) || [];
    const children = tree.children.get(n) || [];
    return [
      h("h3", {}, `Step ${path.length}`),
      h("p", { class: "meta" }, `value ${shown(tree.values[n])} · ${many(tree.visits[n], "rollout")}${tree.better.has(n) ? " · better of a pair" : ""}${tree.worse.has(n) ? " · worse of a pair" : ""}`),
      stepView(tree.steps[n], path.length, () => saidBefore(path.map((i) => tree.steps[i]), path.length - 1)),
      ...(kin.length > 1 ? [h("h4", {}, "Alternatives here"), h("ul", { class: "rows" }, byValue(kin).map((m) => rowOf(m)))] : []),
      ...(children.length ? [h("h4", {}, "What came next"), h("ul", { class: "rows" }, byValue(children).map((m) => rowOf(m))),
        h("button", { type: "button", class: "tool", onclick: () => toggle(n) }, folded.has(n) ? "unfold below" : "fold below")] : []),
      ...ends.flatMap((leaf) => [h("h4", {}, `Rollout ${leaf.attempt + 1} ended here`), h("p", { class: "seen" }, leaf.final),
        h("p", { class: `end ${outcome(leaf.success)}` }, `${sign(leaf.success)} ${ending(leaf.stop)}`)]),
      h("h4", {}, "The way here"),
      h("ul", { class: "rows" }, path.map((m) => rowOf(m))),
    ];
  }

  const byValue = (nodes) => [...nodes].sort((a, b) => (tree.values[b] ?? -1) - (tree.values[a] ?? -1));

  function scale(to) {
    zoom = Math.min(Math.max(to, 0.15), 4);
    const svg = field.querySelector("svg");
    svg.setAttribute("width", size.width * zoom);
    svg.setAttribute("height", size.height * zoom);
  }

  function fit() {
    scale(Math.min(field.clientWidth / size.width, Math.max(field.clientHeight / size.height, LEAST), 1.5));
    field.scrollTo(0, Math.max(0, (size.height * zoom - field.clientHeight) / 2));
  }

  field.addEventListener("keydown", (event) => {
    const kin = tree.children.get(picked < 0 ? -2 : tree.parents[picked]) || [];
    const next = {
      ArrowLeft: () => (picked < 0 ? -1 : tree.parents[picked]),
      ArrowRight: () => (folded.has(picked) ? picked : (tree.children.get(picked) || [picked])[0]),
      ArrowDown: () => kin[kin.indexOf(picked) + 1] ?? picked,
      ArrowUp: () => kin[kin.indexOf(picked) - 1] ?? picked,
    }[event.key];
    if (event.key === "Enter") toggle(picked);
    if (!next) return;
    event.preventDefault();
    pick(next(), true);
    within(field, field.querySelector(".node.picked"), 60);
  });
  field.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    scale(zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
  }, { passive: false });
  dragging(field);

  load(data.trees.findIndex((t) => t.run === data.trees.at(-1).run));
  new ResizeObserver(() => { if (field.clientWidth !== size.room) { draw(); fit(); } }).observe(field);
  return { show: load };
}

// What drawing and reading need beside what the page carries.
function prepared(plainTree, place) {
  const n = plainTree.parents.length;
  const children = new Map(), ends = new Map();
  plainTree.parents.forEach((parent, i) => children.set(parent, [...(children.get(parent) || []), i]));
  plainTree.leaves.forEach((leaf) => ends.set(leaf.node, [...(ends.get(leaf.node) || []), leaf]));
  const below = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--) if (plainTree.parents[i] >= 0) below[plainTree.parents[i]] += below[i] + 1;
  return {
    ...plainTree, place, children, ends, below,
    most: Math.max(1, ...plainTree.visits),
    better: new Set(plainTree.pairs.map(([b]) => b)),
    worse: new Set(plainTree.pairs.map(([, w]) => w)),
  };
}

// A place for each visible node: depth across, leaves evenly down, parents midway; as wide and high as there is room.
function placed(tree, folded, wide, high) {
  const levels = new Map([[-1, 0]]), lanes = new Map(), order = [];
  let rows = 0;
  const visit = (node, level) => {
    levels.set(node, level);
    if (node >= 0) order.push(node);
    const kin = (folded.has(node) ? [] : tree.children.get(node) || []).map((child) => visit(child, level + 1));
    lanes.set(node, kin.length ? (kin[0] + kin[kin.length - 1]) / 2 : rows++);
    return lanes.get(node);
  };
  visit(-1, 0);
  const between = (least, most, room, gaps) => Math.min(Math.max(room / Math.max(gaps, 1), least), most);
  const deepest = Math.max(...levels.values());
  const across = between(14, 120, wide - MARGIN.left - MARGIN.right, deepest);
  const down = between(22, 44, high - MARGIN.top - MARGIN.bottom, rows - 1);
  const at = new Map([...levels].map(([node, level]) => [node, [MARGIN.left + level * across, MARGIN.top + lanes.get(node) * down]]));
  const width = MARGIN.left + deepest * across + MARGIN.right, height = MARGIN.top + (rows - 1) * down + MARGIN.bottom;
  return { at, order, across, width, height };
}

function bend([x, y], [x2, y2]) {
  const middle = (x + x2) / 2;
  return `M${x} ${y}C${middle} ${y} ${middle} ${y2} ${x2} ${y2}`;
}

function pathTo(tree, node) {
  const path = [];
  for (let up = node; up >= 0; up = tree.parents[up]) path.unshift(up);
  return path;
}

const shown = (value) => (value === null || value === undefined ? "—" : value.toFixed(2));

// Orange for 0, sand for a half, teal for 1: apart for every kind of sight.
function colour(value) {
  if (value === null || value === undefined) return "var(--line)";
  const high = value >= 0.5;
  const share = Math.round(100 * Math.min(1, Math.abs(value - 0.5) * 2));
  return `color-mix(in oklab, var(--value-${high ? 1 : 0}) ${share}%, var(--value-half))`;
}

function dragging(field) {
  let from = null;
  field.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0 && !event.target.closest(".node")) {
      from = [event.clientX + field.scrollLeft, event.clientY + field.scrollTop];
    }
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    field.classList.add("dragging");
    field.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
  });
  addEventListener("pointerup", () => { from = null; field.classList.remove("dragging"); });
}
