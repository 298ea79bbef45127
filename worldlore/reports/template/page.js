// Ties the page together: theme, data, explorers, links and keys.

(async () => {
  const theme = document.getElementById("theme");
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  for (const pre of document.querySelectorAll("pre.code")) pre.replaceChildren(...coloured(pre.textContent));

  const place = document.getElementById("episode-explorer");
  if (typeof DecompressionStream === "undefined") {
    place.append(h("p", { class: "note" }, "This browser is too old to unpack the episodes; any browser since 2023 can."));
    return;
  }
  const data = await unpack(document.getElementById("data").textContent);
  if (!data.episodes.length) place.append(h("p", { class: "note" }, "No episode has been played yet."));
  const episodes = data.episodes.length ? episodeExplorer(place, data) : null;
  const trees = data.trees.length ? treeExplorer(document.getElementById("tree-explorer"), data) : null;

  function follow() {
    const [kind, ...numbers] = location.hash.slice(1).split("-");
    const [a, b] = numbers.map(Number);
    if (kind === "episode" && data.episodes[a]) {
      episodes.show(data.episodes[a]);
      document.getElementById("episodes").scrollIntoView();
    }
    if (kind === "tree" && data.trees[a]) {
      trees.show(a, b);
      document.getElementById("trees").scrollIntoView();
    }
  }
  addEventListener("hashchange", follow);
  follow();

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "/" && episodes) { event.preventDefault(); episodes.search.focus(); }
    if (event.key === "j" && episodes) episodes.move(1);
    if (event.key === "k" && episodes) episodes.move(-1);
  });
  document.documentElement.dataset.ready = "true";
})();
