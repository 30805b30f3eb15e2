// Search, in the reader's own browser: nothing of what is looked for is sent anywhere. The texts come year by year from
// search/<year>.json, the newest first, when the first word is typed; MiniSearch makes the index.
(() => {
  const form = document.querySelector("form.search");
  const list = document.querySelector(".found ul");
  const more = document.querySelector(".found button");
  const status = form.querySelector("[role=status]");
  const { q, mode, year } = form.elements;
  const home = form.dataset.home;
  const years = form.dataset.years.split(" ").filter(Boolean);
  const labels = new Map([...mode.options].map((option) => [option.value, option.text]));
  const AT_ONCE = 20, BEFORE = 60, AROUND = 220;
  const unspaced = /[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]/;
  const segmenter = Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;
  const plain = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "").replace(/’/g, "'").toLowerCase();
  const tokenize = (text) => text.split(/[^\p{L}\p{M}\p{N}’']+/u).flatMap((word) => segmenter && unspaced.test(word)
    ? [...segmenter.segment(word)].map((part) => part.segment) : [word.replace(/^[’']+|[’']+$/g, "")]).filter(Boolean);
  const index = new MiniSearch({
    idField: "route", fields: ["title", "text"], tokenize, processTerm: plain,
    searchOptions: { boost: { title: 4 }, prefix: (term) => term.length > 2, combineWith: "AND" },
  });
  const texts = new Map();
  const loaded = new Map();
  let shown = AT_ONCE, failed = false;

  const load = (name) => {
    if (!loaded.has(name)) {
      loaded.set(name, fetch(`${home}search/${name}.json`).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      }).then((found) => {
        found.texts.forEach((text) => texts.set(text.route, text));
        index.addAll(found.texts);
      }).catch(() => { loaded.delete(name); failed = true; }));
    }
    return loaded.get(name);
  };

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => { if (value) element.setAttribute(name, value); });
    element.append(...children);
    return element;
  };

  // The words around the first one that was found, with all of them marked. Only text nodes: a text's own signs are signs.
  const excerpt = (text, terms) => {
    const words = [...text.matchAll(/[\p{L}\p{M}\p{N}]+(?:[’']+[\p{L}\p{M}\p{N}]+)*/gu)];
    const isFound = (word) => terms.some((term) => unspaced.test(term) ? plain(word).includes(term) : plain(word) === term);
    const hits = words.filter((word) => isFound(word[0]));
    const first = hits.length ? hits[0].index : 0;
    let start = Math.max(0, first - BEFORE);
    if (start) start += text.slice(start, first).indexOf(" ") + 1; // where there is no space, as in Japanese, anywhere
    const space = text.lastIndexOf(" ", start + AROUND);
    const end = text.length <= start + AROUND ? text.length : space > first ? space : start + AROUND;
    const parts = [start ? "… " : ""];
    let at = start;
    for (const hit of hits) {
      const after = hit.index + hit[0].length;
      if (hit.index < at || after > end) continue;
      parts.push(text.slice(at, hit.index), make("mark", {}, hit[0]));
      at = after;
    }
    return [...parts, text.slice(at, end), end < text.length ? " …" : ""];
  };

  const show = () => {
    const wanted = q.value.trim();
    list.replaceChildren();
    more.hidden = true;
    if (!tokenize(wanted).length) { status.textContent = wanted && `“${wanted}” holds no word to look for.`; return; }
    if (failed && !texts.size) { status.textContent = "The texts could not be loaded. Try again."; return; }
    const found = index.search(wanted, {
      filter: ({ id }) => {
        const text = texts.get(id);
        return (!mode.value || text.mode === mode.value) && (!year.value || text.date.startsWith(year.value));
      },
    });
    list.append(...found.slice(0, shown).map(({ id, terms }) => {
      const text = texts.get(id);
      return make("li", {},
        make("a", { class: "title", href: home + text.route.slice(1), dir: "auto" }, text.title), " ",
        make("time", { class: "meta", datetime: text.date }, text.long_date), " ",
        make("p", { class: "meta" }, make("span", {}, labels.get(text.mode) || text.mode), " ", make("span", {}, text.by)),
        make("p", { class: "excerpt", dir: "auto", lang: text.language }, ...excerpt(text.text, terms)));
    }));
    more.hidden = found.length <= shown;
    const count = found.length === 1 ? "One text holds" : `${found.length || "No"} texts hold`;
    status.textContent = `${count} “${wanted}”.` + (failed ? " Some texts could not be loaded. Try again." : "");
  };

  const look = async () => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : ""));
    if (q.value.trim()) {
      failed = false;
      status.textContent = "Looking …";
      for (const name of year.value ? [year.value] : years) await load(name);
    }
    show();
  };

  let timer = 0;
  const soon = () => { clearTimeout(timer); shown = AT_ONCE; timer = setTimeout(look, 120); };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); look(); });
  more.addEventListener("click", () => {
    const first = list.children.length;
    shown += AT_ONCE;
    show();
    list.children[first]?.querySelector("a").focus();
  });

  new URLSearchParams(location.search).forEach((value, name) => { if (form.elements[name]) form.elements[name].value = value; });
  if (mode.selectedIndex < 0) mode.value = "";
  if (year.selectedIndex < 0) year.value = "";
  form.hidden = false;
  if (q.value) look(); else if (matchMedia("(hover: hover)").matches) q.focus({ preventScroll: true });
})();
