// Python as a person reads it: coloured by its shape alone. Texts only ever become text nodes.

const PYTHON = new RegExp([
  /(?<text>(?:\b[rbfuRBFU]{1,2})?(?:"{3}[^]*?"{3}|'{3}[^]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/,
  /(?<comment>#.*)/,
  /\b(?<word>def|return|for|in|while|if|elif|else|not|and|or|is|None|True|False|import|from|as|try|except|finally|raise|with|break|continue|pass|lambda|yield|assert|del|class|global|nonlocal)\b/,
  /\b(?<number>\d[\w.]*)/,
  /\b(?<call>[^\W\d]\w*)(?=\()/,
].map((part) => part.source).join("|"), "g");

function coloured(source) {
  const parts = [];
  let at = 0;
  for (const match of source.matchAll(PYTHON)) {
    const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    parts.push(source.slice(at, match.index), h("span", { class: `py-${kind}` }, match[0]));
    at = match.index + match[0].length;
  }
  return [...parts, source.slice(at)];
}
