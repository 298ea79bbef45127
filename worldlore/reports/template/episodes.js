// The list of episodes with its filters, and the episode that is being read.

function episodeExplorer(root, data) {
  const same = pairing(data.episodes);
  const state = { run: data.runs.length - 1, phase: "test", end: "all", family: "", query: "", shown: [], open: null };
  const families = [...new Set(data.episodes.map((e) => e.task.family).filter(Boolean))].sort();
  const phases = [...new Set(data.episodes.map((e) => e.phase))];

  const list = h("ol", { class: "list", "aria-label": "Episodes" });
  const reading = h("div", { class: "reading", tabindex: 0, role: "region", "aria-label": "Episode", "aria-live": "off" });
  const pills = h("div", { class: "pills", role: "group", "aria-label": "Outcome" });
  const select = (label, options, change) =>
    h("select", { "aria-label": label, onchange: (e) => { change(e.target.value); refresh(); } },
      options.map(([value, text]) => h("option", { value }, text)));
  const runSelect = select("Run", data.runs.map((name, i) => [i, name]), (v) => { state.run = Number(v); });
  const phaseSelect = select("Phase", phases.map((p) => [p, p]), (v) => { state.phase = v; });
  const familySelect = select("Family", [["", "all families"], ...families.map((f) => [f, plain(f)])], (v) => { state.family = v; });
  const search = h("input", { type: "search", placeholder: "Search goals, texts, actions  ( / )", "aria-label": "Search",
    oninput: () => { state.query = search.value.toLowerCase(); refresh(); } });
  const explorer = h("div", { class: "explorer" },
    h("div", { class: "side" },
      h("div", { class: "filters" },
        h("div", { class: "row" }, data.runs.length > 1 && runSelect, phases.length > 1 && phaseSelect),
        pills,
        h("div", { class: "row" }, families.length > 1 && familySelect),
        search),
      list),
    reading);
  root.append(explorer);

  const haystack = new Map();
  function textOf(e) {
    if (!haystack.has(e)) {
      const words = [e.task.id, e.task.goal, e.final, e.error, ...e.steps.flatMap((s) => [s.seen, s.thought, s.action, ...(s.info.inner || []).map(([command]) => command)])];
      haystack.set(e, words.join("\n").toLowerCase());
    }
    return haystack.get(e);
  }
  const baseline = (e) => (e.run === 0 ? null : same(e, 0));
  const kinds = {
    all: () => true,
    success: (e) => e.success === true,
    failure: (e) => e.success === false,
    unmeasured: (e) => e.success === null,
    gained: (e) => e.success === true && baseline(e)?.success === false,
    lost: (e) => e.success === false && baseline(e)?.success === true,
  };

  function refresh() {
    const here = data.episodes.filter((e) => e.run === state.run && e.phase === state.phase
      && (!state.family || e.task.family === state.family) && (!state.query || textOf(e).includes(state.query)));
    pills.replaceChildren(...Object.entries(kinds).flatMap(([kind, test]) => {
      const n = here.filter(test).length;
      if (!n && kind !== "all" && kind !== state.end) return [];
      return h("button", { type: "button", class: "pill", "aria-pressed": String(kind === state.end),
        title: { gained: "solved here, not by the baseline", lost: "solved by the baseline, not here" }[kind],
        onclick: () => { state.end = kind; refresh(); } }, `${kind} `, h("b", {}, n));
    }));
    state.shown = here.filter(kinds[state.end]);
    list.replaceChildren(...(state.shown.length ? state.shown.map(row) : [h("li", { class: "empty" }, "No episode matches.")]));
    mark();
  }

  function row(e) {
    const about = [e.task.family && plain(e.task.family), e.learner ? `learner ${e.learner}` : "", `seed ${e.seed}`, e.attempt ? `try ${e.attempt + 1}` : ""];
    return h("li", {}, h("button", { type: "button", "data-place": e.place, onclick: () => open(e, true) },
      h("span", { class: `end ${outcome(e.success)}`, role: "img", "aria-label": outcome(e.success) }, sign(e.success)),
      h("span", { class: "goal" }, e.task.goal),
      h("span", { class: "len", title: "steps" }, e.steps.length),
      h("span", { class: "sub" }, about.filter(Boolean).join(" · "))));
  }

  function mark() {
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(state.open !== null && Number(button.dataset.place) === state.open.place));
    }
  }

  function open(e, byHand) {
    state.open = e;
    reading.replaceChildren(...read(e));
    reading.scrollTop = 0;
    mark();
    if (byHand) {
      explorer.classList.add("open");
      history.replaceState(null, "", `#episode-${e.place}`);
      if (matchMedia("(max-width: 52rem)").matches) explorer.scrollIntoView({ block: "start" });
    }
    within(list, list.querySelector('[aria-current="true"]'));
  }

  function read(e) {
    const others = data.runs.map((_, run) => (run === e.run ? null : same(e, run))).filter(Boolean);
    const about = [data.runs[e.run], e.phase, e.task.id, e.task.family && plain(e.task.family), `learner ${e.learner}`, `seed ${e.seed}`, `try ${e.attempt + 1}`];
    const said = (i) => () => saidBefore(e.steps, i);
    return [
      h("button", { type: "button", class: "tool back", onclick: () => { explorer.classList.remove("open"); mark(); } }, "← all episodes"),
      h("div", { class: "head" },
        h("h3", {}, e.task.goal),
        h("p", { class: "meta" }, about.filter(Boolean).join(" · ")),
        others.length > 0 && h("div", { class: "others" }, "the same episode with", others.map((o) =>
          h("button", { type: "button", class: "tool", onclick: () => show(o) }, chip(o.run), `${data.runs[o.run]} `,
            h("span", { class: `end ${outcome(o.success)}` }, sign(o.success)))))),
      ...e.steps.map((step, i) => stepView(step, i + 1, said(i))),
      h("div", { class: "finale" },
        h("p", { class: "seen" }, e.final),
        h("div", { class: "more" }, callsView(e.unfinished, said(e.steps.length))),
        h("p", { class: "result" }, h("span", { class: `end ${outcome(e.success)}` }, `${sign(e.success)} ${outcome(e.success) === "unmeasured" ? "not measured" : outcome(e.success)}`),
          ` after ${many(e.steps.length, "step")}: ${ending(e.stop)}`),
        e.score !== null && h("p", { class: "meta" }, `score ${e.score}`),
        e.error && h("p", { class: "alert" }, e.error)),
    ];
  }

  // Open an episode wherever it is, with the filters that show it.
  function show(e) {
    Object.assign(state, { run: e.run, phase: e.phase, end: "all", family: "", query: "" });
    runSelect.value = e.run; phaseSelect.value = e.phase; familySelect.value = ""; search.value = "";
    refresh();
    open(e, true);
  }

  function move(by) {
    const at = state.shown.indexOf(state.open);
    const next = state.shown[Math.min(Math.max(at + by, 0), state.shown.length - 1)];
    if (next) open(next, true);
  }

  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(by);
    list.querySelector('[aria-current="true"]')?.focus({ preventScroll: true });
  });

  runSelect.value = state.run;
  if (!data.episodes.some((e) => e.phase === "test")) state.phase = phases[0];
  refresh();
  if (state.shown.length) open(state.shown[0], false);
  return { show, move, search, root: explorer };
}

// The episode of another run on the same task, seed and attempt; a run with one learner stands for all.
function pairing(episodes) {
  const places = new Map();
  const learners = new Map();
  const key = (e, run, learner) => JSON.stringify([run, e.phase, e.task.key, e.seed, e.attempt, learner]);
  for (const e of episodes) {
    places.set(key(e, e.run, e.learner), e);
    if (!learners.has(e.run)) learners.set(e.run, new Set());
    learners.get(e.run).add(e.learner);
  }
  return (e, run) => {
    const theirs = [...(learners.get(run) || [])];
    const alone = theirs.length === 1 || learners.get(e.run).size === 1;
    return places.get(key(e, run, theirs.includes(e.learner) || !alone ? e.learner : theirs[0])) || null;
  };
}
