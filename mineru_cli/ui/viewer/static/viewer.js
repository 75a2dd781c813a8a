"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const NARROW = window.matchMedia("(max-width: 48rem)");
  const KINDS = new Set(["title", "text", "table", "image", "chart", "equation", "code", "list"]);
  const state = { key: "", page: 0, list: [], document: null, blocks: [], shown: [], chosen: -1, hits: [], hit: -1, words: "", problem: null, baseline: "", comparing: false, zoom: 1 };
  let turn = 0; // answers to a question that was overtaken by another are dropped

  const ask = async (name, query = {}) => {
    const answer = await fetch(`${name}?${new URLSearchParams(query)}`);
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer.json();
  };
  const make = (tag, look = "", text = "") => {
    const made = document.createElement(tag);
    if (look) made.className = look;
    if (text) made.textContent = text;
    return made;
  };
  const percent = (share) => `${(share * 100).toFixed(share < 0.995 ? 0 : 1)} %`;
  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  // Documents

  const list = async (more = false) => {
    const [of, order] = $("order").value.split(" ");
    const query = { text: $("filter").value, troubled: $("troubled").checked ? "1" : "0", order, offset: more ? state.list.length : 0 };
    const found = await ask(of, query);
    state.list = more ? state.list.concat(found[of]) : found[of];
    const rest = found.comparable - found.compared;
    const compared = rest > 0 ? `, ${found.compared} of ${found.comparable} compared` : "";
    $("count").textContent = counted(found.total, of.slice(0, -1)) + compared;
    $("troubled").disabled = of === "pages";
    if (of === "documents") {
      for (const option of $("order").options) {
        const needs = option.dataset.needs;
        option.hidden = option.disabled = Boolean(needs) && !found[needs];
      }
      $("order").hidden = !found.confidence && !found.baseline;
      if (found.baseline && !state.baseline) { // the first answer: what differs most comes first
        state.baseline = found.baseline;
        $("order").value = "documents match";
        return list();
      }
      state.baseline = found.baseline;
      $("against").hidden = !found.baseline;
      $("compare").title = `Show what differs from ${found.baseline} (b)`;
    }
    state.reached = "";
    $("more").hidden = state.list.length >= found.total;
    $("list").replaceChildren(...state.list.map(line));
    mark();
    clearTimeout(state.later);
    if (rest > 0 && !more) state.later = setTimeout(() => list().catch(told), 200);
    return found;
  };
  const line = (one) => {
    const item = make("li"), button = make("button"), label = make("span", "label");
    const cut = one.name.lastIndexOf("/") + 1;
    if (cut) label.append(make("span", "folder", one.name.slice(0, cut)));
    label.append(one.name.slice(cut));
    button.type = "button";
    button.dataset.key = one.key;
    if (one.page !== undefined) {
      button.dataset.page = one.page;
      label.append(make("span", "folder", ` page ${one.page + 1}`));
    }
    button.append(label);
    if (one.excerpt !== undefined) {
      label.append(make("span", "excerpt", one.excerpt));
      button.append(make("span", "tag", counted(one.hits, "hit")));
    }
    const order = $("order").value.split(" ")[1];
    if (one[order] !== undefined && order !== "name") button.append(make("span", "tag", percent(one[order])));
    if (one.page !== undefined) { /* a page's problems are marked on it */ }
    else if (one.status && one.status !== "done") button.append(make("span", `tag ${one.status}`, one.status));
    else if (one.problems) button.append(make("span", "tag flaws", counted(one.problems, "flawed page")));
    button.addEventListener("click", () => {
      if (NARROW.matches) menu(false);
      if (one.excerpt !== undefined) $("scope").value = "";
      open(one.key, one.page || 0).then(() => (one.excerpt === undefined ? null : search())).catch(told);
    });
    item.append(button);
    return item;
  };
  const mark = () => {
    for (const button of $("list").querySelectorAll("button")) {
      const there = button.dataset.page === undefined || Number(button.dataset.page) === state.page;
      if (button.dataset.key === state.key && there) {
        button.setAttribute("aria-current", "true");
        button.scrollIntoView({ block: "nearest" });
      } else button.removeAttribute("aria-current");
    }
  };
  const menu = (shown) => {
    document.body.classList.toggle("plain", !shown);
    $("menu").setAttribute("aria-expanded", String(shown));
  };

  // A document and a page

  const open = async (key, page, block = -1) => {
    const mine = ++turn;
    if (key !== state.key || !state.document) {
      const found = await ask("document", { key });
      if (mine !== turn) return;
      state.document = found;
      state.key = key;
      state.hits = [];
      state.hit = -1;
      state.words = "";
      $("hits").textContent = "";
    }
    const { document: now } = state;
    const indices = now.list.map((one) => one.index);
    state.page = indices.includes(page) ? page : indices[0];
    $("name").textContent = now.name;
    $("name").title = now.name;
    document.title = `${now.name} · mineru-batch`;
    $("status").hidden = now.status === "done";
    $("status").textContent = now.status;
    $("status").className = `tag ${now.status}`;
    $("number").value = state.page + 1;
    const last = indices[indices.length - 1] + 1;
    $("of").textContent = `of ${last}`;
    $("before").disabled = indices.indexOf(state.page) === 0;
    $("after").disabled = indices.indexOf(state.page) === indices.length - 1;
    mark();
    const here = { key, page: state.page + 1, ...(state.comparing ? { baseline: 1 } : {}) };
    history.replaceState(null, "", `#${new URLSearchParams(here)}`);
    const view = await ask("page", { key, page: state.page });
    if (mine !== turn) return;
    draw(view);
    if (state.comparing) await differ(mine);
    choose(block, true);
  };
  const step = (by) => {
    if (!state.document) return;
    const indices = state.document.list.map((one) => one.index);
    const next = indices[indices.indexOf(state.page) + by];
    if (next !== undefined) open(state.key, next).catch(told);
  };

  const fileLink = (name) => {
    const link = make("a", "", name);
    link.href = `file?${new URLSearchParams({ key: state.key, name })}`;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  };
  const draw = (view) => {
    state.blocks = view.blocks;
    const sheet = $("sheet"), picture = $("picture"), { source, failure } = state.document;
    sheet.style.aspectRatio = `${view.width} / ${view.height}`;
    sheet.classList.add("empty");
    picture.hidden = true;
    picture.alt = `Page ${view.index + 1}`;
    remark(source === "changed" ? "The document has changed since it was converted." : "");
    if (source === "gone") remark("The document is not where it was converted from: boxes on empty paper.");
    else picture.src = `picture?${new URLSearchParams({ key: state.key, page: view.index })}`;
    $("boxes").replaceChildren(...view.blocks.map(boxes).filter(Boolean));
    $("sort").hidden = !view.blocks.some((one) => one.mean !== undefined);
    lay();
    const why = view.failure || view.fault || (failure ? failure.message : "");
    $("failure").hidden = !why;
    $("failure").replaceChildren(make("strong", "", view.incomplete ? "Incomplete: " : view.failure || failure ? "Not converted: " : ""), why);
    if (failure && failure.hint) $("failure").append(make("p", "", failure.hint));
    if (view.fallback) $("failure").append(make("p", "", "The text below is the PDF's own text layer."));
    if (!view.blocks.length && !why) $("blocks").append(make("p", "nothing", "Nothing was found on this page."));
    $("files").replaceChildren(...state.document.files.flatMap((name) => [fileLink(name), " "]));
    $("paper").scrollTop = 0;
    $("text").scrollTop = 0;
    highlight();
  };
  // The page's blocks in reading order, or the least certain first; those without a value come last.
  const lay = () => {
    const by = $("sort").hidden ? "" : $("sort").value;
    const value = (one) => one[by] ?? 2;
    state.shown = by ? [...state.blocks].sort((a, b) => value(a) - value(b)) : state.blocks;
    document.body.classList.toggle("certainty", Boolean(by));
    $("blocks").replaceChildren(...state.shown.map(block));
  };
  $("sort").addEventListener("change", () => {
    const { chosen } = state;
    lay();
    choose(chosen, true);
    highlight();
  });
  $("picture").addEventListener("load", () => {
    const { naturalWidth, naturalHeight } = $("picture");
    // Of a page that was not converted nobody wrote down the size.
    if (!state.blocks.length) $("sheet").style.aspectRatio = `${naturalWidth} / ${naturalHeight}`;
    $("picture").hidden = false;
    $("sheet").classList.remove("empty");
  });
  $("picture").addEventListener("error", async () => {
    const answer = await fetch($("picture").src);
    if (!answer.ok) remark(`No picture: ${(await answer.text()).trim()}`);
  });
  const remark = (text) => {
    $("remark").textContent = text;
    $("remark").hidden = !text;
  };
  const look = (one) => (one.kind === "continued" ? "text" : KINDS.has(one.kind) ? one.kind : "other");

  // What differs from the baseline

  const differ = async (mine) => {
    const { difference } = await ask("difference", { key: state.key, page: state.page });
    if (mine !== turn) return;
    $("sort").hidden = true;
    if (!difference) {
      state.shown = [];
      $("boxes").replaceChildren();
      $("blocks").replaceChildren(make("p", "nothing", "The baseline does not have this document."));
      return;
    }
    state.shown = difference.blocks;
    const { length } = difference.blocks;
    const words = length ? `${counted(length, "difference")} from the baseline, match ${percent(difference.match)}` : "As in the baseline";
    const head = make("p", "against", `${words}; ${counted(difference.equal, "equal block")}.`);
    $("blocks").replaceChildren(head, ...difference.blocks.map(differing));
    const gone = difference.before.filter(([, status]) => status !== "extra");
    $("boxes").replaceChildren(...gone.map(changedBox(" before")), ...difference.after.map(changedBox("")));
  };
  const changedBox = (side) => ([number, status, x0, y0, x1, y1]) => {
    const group = framed({ number, boxes: [[x0, y0, x1, y1]] }, `${status}${side}`);
    group.setAttribute("class", `d-${status}${side}`);
    return group;
  };
  const differing = (one) => {
    const made = make("section", `block d-${one.status}`);
    made.dataset.block = one.number;
    made.dir = "auto";
    made.append(make("span", "status", { missing: "only in the baseline", extra: "only here" }[one.status] || one.status), make("span", "quiet", ` ${one.kind}`));
    if (one.rows.length) {
      const scroll = make("div", "scroll"), table = make("table");
      table.append(...one.rows.map(differingRow));
      scroll.append(table);
      made.append(scroll);
    } else made.append(differingWords(one.words));
    made.addEventListener("click", () => choose(one.number));
    return made;
  };
  const PARTS = { missing: "del", extra: "ins" };
  const differingWords = (words) => {
    const text = make("p");
    for (const [status, said] of words) {
      text.append(status === "skipped" ? make("span", "quiet", `[${said}]`) : PARTS[status] ? make(PARTS[status], "", said) : said, " ");
    }
    return text;
  };
  const differingRow = (row) => {
    const made = make("tr");
    if (row.skipped) {
      const cell = make("td", "quiet", `${row.skipped} more ${row.status} rows`);
      cell.colSpan = 100;
      made.append(cell);
    }
    for (const [status, before, after] of row.cells) {
      const cell = make("td", `d-${status}`);
      if (status !== "changed") cell.append(PARTS[status] ? make(PARTS[status], "", before) : before);
      else if (before === after) cell.append(before, make("i", "quiet", " other span"));
      else cell.append(make("del", "", before), " ", make("ins", "", after));
      made.append(cell);
    }
    return made;
  };
  const compare = (on) => {
    if (!state.baseline) return;
    state.comparing = on;
    $("compare").setAttribute("aria-pressed", String(on));
    if (state.key) open(state.key, state.page).catch(told);
  };
  const difference = async (back = false) => {
    if (!state.baseline) return;
    state.comparing = true;
    $("compare").setAttribute("aria-pressed", "true");
    remark("Looking for the next difference …");
    let from = { key: state.key, page: state.page };
    for (;;) {
      const { found, reached } = await ask("next-difference", { ...from, back: back ? "1" : "0" });
      if (found) return open(found.key, found.page);
      if (reached === null || reached === state.key) return remark("Nothing differs from the baseline.");
      from = { key: reached, page: back ? -1 : 999999999 };
      remark(`Looking for the next difference: nothing up to ${reached} …`);
    }
  };

  // The page's size

  const zoom = (to) => {
    state.zoom = Math.min(4, Math.max(0.5, to));
    $("sheet").style.width = `${state.zoom * 100}%`;
    $("fit").textContent = `${Math.round(state.zoom * 100)} %`;
  };

  const boxes = (one) => {
    if (!one.boxes.length) return null;
    const group = framed(one, `${one.kind.replace("_", " ")} ${one.number + 1}${one.flaw ? `, ${one.flaw}` : ""}`);
    group.setAttribute("class", `k-${look(one)}${one.flaw ? " flawed" : ""}${one.continues ? " continued" : ""}`);
    return group;
  };
  const framed = (one, label) => {
    const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", label);
    group.dataset.block = one.number;
    for (const [x0, y0, x1, y1] of one.boxes) {
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 })) box.setAttribute(name, value);
      group.append(box);
    }
    group.addEventListener("click", () => choose(one.number));
    group.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(one.number);
      }
    });
    return group;
  };
  const block = (one) => {
    const small = one.kind === "continued" || look(one) === "other";
    const made = make("section", `block k-${look(one)}${small ? " small" : ""}`);
    made.dataset.block = one.number;
    made.dir = "auto";
    made.append(make("span", "kind", one.kind.replace("_", " ") + (one.layer ? ", text layer" : "")));
    if (one.flaw) made.append(make("span", "flaw", one.flaw));
    if (one.mean !== undefined) made.append(make("span", "sure", `${percent(one.mean)}, lowest token ${percent(one.lowest)}`));
    if (one.kind === "continued") made.append(goesOn(one));
    else if (one.html) {
      const body = make("div");
      body.innerHTML = one.html; // made by the server from escaped text; scripts are forbidden by its policy
      made.append(body);
    } else made.append(make("p", "nothing", "nothing was read here"));
    made.addEventListener("click", () => choose(one.number));
    return made;
  };
  const goesOn = (one) => {
    const text = make("p", "", "Joined to the text before ");
    if (one.continues) {
      const button = make("button", "", one.continues.page === state.page ? "on this page" : `on page ${one.continues.page + 1}`);
      button.type = "button";
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        open(state.key, one.continues.page, one.continues.block).catch(told);
      });
      text.append(button);
    }
    return text;
  };

  const choose = (number, quiet = false) => {
    state.chosen = state.shown.some((one) => one.number === number) ? number : -1;
    for (const one of document.querySelectorAll("[data-block]")) {
      const chosen = Number(one.dataset.block) === state.chosen;
      one.classList.toggle("chosen", chosen);
      if (chosen && !(quiet && state.chosen < 0)) reveal(one);
    }
  };
  // Only the pane itself scrolls: scrollIntoView would move the whole page too.
  const reveal = (one) => {
    const pane = one.closest("#paper, #text"), here = one.getBoundingClientRect(), frame = pane.getBoundingClientRect();
    if (here.top < frame.top || here.bottom > frame.bottom) {
      pane.scrollTop += here.top - frame.top - Math.max(12, (frame.height - here.height) / 3);
    }
  };
  const walk = (by) => {
    if (!state.shown.length) return;
    const last = state.shown.length - 1, now = state.shown.findIndex((one) => one.number === state.chosen);
    const at = now < 0 ? (by > 0 ? 0 : last) : now + by;
    choose(state.shown[Math.min(Math.max(at, 0), last)].number);
  };

  // Problems and search

  const problem = async (back = false) => {
    // A document that failed as a whole is a problem at page -1, and is shown at its first page.
    const last = state.problem, here = last && last.key === state.key && Math.max(last.page, 0) === state.page;
    const query = state.key ? { key: state.key, page: here ? last.page : state.page, back: back ? "1" : "0" } : {};
    const { found } = await ask("problem", query);
    if (!found) return remark("Nothing failed, and no block is flawed.");
    state.problem = found;
    await open(found.key, Math.max(found.page, 0));
    const flawed = state.blocks.find((one) => one.flaw);
    if (flawed) choose(flawed.number);
  };
  // Documents with the words, as far as the server looked; "Show more" goes on from there.
  const find = async (more = false) => {
    const words = $("words").value.trim();
    if (!words) return list();
    clearTimeout(state.later);
    const found = await ask("find", { text: words, after: more ? state.reached : "" });
    state.list = more ? state.list.concat(found.documents) : found.documents;
    state.reached = found.reached;
    const some = counted(state.list.length, "document");
    $("count").textContent = `${some} with “${words}”${found.reached ? " so far" : ""}`;
    $("more").hidden = !found.reached;
    $("list").replaceChildren(...state.list.map(line));
    menu(true);
    if (found.reached && !state.list.length) await find(true);
  };
  const search = async (back = false) => {
    const words = $("words").value.trim();
    if ($("scope").value === "all") return find();
    if (!state.key || !words) return clear();
    if (words !== state.words) {
      const found = await ask("search", { key: state.key, text: words });
      state.words = words;
      state.hits = found.hits;
      state.hit = found.hits.findIndex((hit) => hit.page >= state.page) - 1;
      if (state.hit < -1) state.hit = -1;
      if (!found.hits.length) $("hits").textContent = "not found";
    }
    if (!state.hits.length) return highlight();
    state.hit = (state.hit + (back ? -1 : 1) + state.hits.length) % state.hits.length;
    const hit = state.hits[state.hit];
    $("hits").textContent = `${state.hit + 1} of ${state.hits.length}`;
    if (hit.page !== state.page) await open(state.key, hit.page, hit.block);
    else choose(hit.block);
    highlight();
  };
  const clear = () => {
    state.words = "";
    state.hits = [];
    state.hit = -1;
    $("hits").textContent = "";
    highlight();
  };
  const highlight = () => {
    for (const old of $("blocks").querySelectorAll("mark")) {
      const parent = old.parentNode;
      old.replaceWith(...old.childNodes);
      parent.normalize();
    }
    const words = state.words.toLowerCase();
    if (!words) return;
    const walker = document.createTreeWalker($("blocks"), NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    for (let node of nodes) {
      let at;
      while ((at = node.data.toLowerCase().indexOf(words)) >= 0) {
        const found = node.splitText(at);
        node = found.splitText(words.length);
        const made = make("mark");
        found.replaceWith(made);
        made.append(found);
      }
    }
  };

  // Controls

  const told = (error) => remark(error.message || "The viewer does not answer: was it ended?");
  const later = (work) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(() => work().catch(told), 200);
    };
  };
  $("filter").addEventListener("input", later(() => list()));
  $("troubled").addEventListener("change", () => list().catch(told));
  $("order").addEventListener("change", () => list().catch(told));
  $("more").addEventListener("click", () => (state.reached ? find(true) : list(true)).catch(told));
  $("scope").addEventListener("change", () => ($("words").value.trim() ? search() : list()).catch(told));
  $("compare").addEventListener("click", () => compare(!state.comparing));
  $("changed").addEventListener("click", () => difference().catch(told));
  $("smaller").addEventListener("click", () => zoom(state.zoom / 1.25));
  $("larger").addEventListener("click", () => zoom(state.zoom * 1.25));
  $("fit").addEventListener("click", () => zoom(1));
  $("menu").addEventListener("click", () => menu(document.body.classList.contains("plain")));
  $("before").addEventListener("click", () => step(-1));
  $("after").addEventListener("click", () => step(1));
  $("problem").addEventListener("click", () => problem().catch(told));
  $("help").addEventListener("click", () => $("keys").showModal());
  $("number").addEventListener("change", () => open(state.key, Number($("number").value) - 1).catch(told));
  $("search").addEventListener("submit", (event) => event.preventDefault());
  $("words").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search(event.shiftKey).catch(told);
  });
  $("words").addEventListener("input", () => {
    if ($("words").value) return;
    clear();
    if ($("scope").value) list().catch(told);
  });

  const KEYS = {
    ArrowRight: () => step(1), ArrowLeft: () => step(-1), ArrowDown: () => walk(1), ArrowUp: () => walk(-1),
    j: () => walk(1), k: () => walk(-1), n: () => problem().catch(told), N: () => problem(true).catch(told),
    d: () => menu(document.body.classList.contains("plain")), "/": () => $("words").select(),
    b: () => compare(!state.comparing), c: () => difference().catch(told), C: () => difference(true).catch(told),
    "+": () => zoom(state.zoom * 1.25), "-": () => zoom(state.zoom / 1.25), 0: () => zoom(1),
    "?": () => $("keys").showModal(), Escape: () => choose(-1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
    if (event.target.matches("input, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const place = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    return { key: asked.get("key") || "", page: Number(asked.get("page") || 1) - 1, compared: asked.get("baseline") === "1" };
  };
  window.addEventListener("hashchange", () => {
    const { key, page } = place();
    if (key && (key !== state.key || page !== state.page)) open(key, page).catch(told);
  });

  const begin = async () => {
    if (NARROW.matches) menu(false);
    const found = await list();
    const { key, page, compared } = place();
    if (compared && state.baseline) {
      state.comparing = true;
      $("compare").setAttribute("aria-pressed", "true");
    }
    const first = key || (found.documents[0] || {}).key;
    if (first) await open(first, page);
    else remark("No document was converted yet.");
  };
  begin().catch(told);
})();
