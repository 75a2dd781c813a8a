"use strict";
(() => {
  const documents = [...document.querySelectorAll(".document")];
  const [form, name, broken, expand, shown] = ["filter", "name", "broken", "expand", "shown"].map((id) => document.getElementById(id));
  const visible = () => documents.filter((one) => !one.hidden);
  const filter = () => {
    const wanted = name.value.trim().toLowerCase();
    for (const one of documents) {
      const named = one.dataset.path.toLowerCase().includes(wanted);
      one.hidden = !named || (broken.checked && !one.classList.contains("broken"));
    }
    const count = visible().length;
    shown.textContent = count === documents.length ? "" : `${count} of ${documents.length} shown`;
  };
  const toggle = () => {
    const open = visible().some((one) => !one.open);
    for (const one of visible()) one.open = open;
    expand.textContent = open ? "Collapse all" : "Expand all";
  };
  const openLinked = () => {
    const linked = document.getElementById(location.hash.slice(1));
    if (!linked?.classList.contains("document")) return;
    linked.hidden = false;
    linked.open = true;
    linked.scrollIntoView();
  };
  const enlarge = (button) => {
    const large = button.closest(".page").classList.toggle("large");
    button.textContent = large ? "Smaller picture" : "Larger picture";
  };
  const light = (event, on) => {
    const one = event.target.closest?.("[data-block]");
    const page = one?.closest(".page");
    for (const other of page?.querySelectorAll(`[data-block="${one.dataset.block}"]`) ?? []) other.classList.toggle("lit", on);
  };
  const jump = (event) => {
    const box = event.target.closest("rect[data-block]");
    box?.closest(".page").querySelector(`.block[data-block="${box.dataset.block}"]`)?.scrollIntoView({block: "nearest"});
  };
  if (form) {
    name.addEventListener("input", filter);
    broken.addEventListener("change", filter);
    expand.addEventListener("click", toggle);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.addEventListener("click", (event) => event.target.matches(".enlarge") ? enlarge(event.target) : jump(event));
  document.addEventListener("mouseover", (event) => light(event, true));
  document.addEventListener("mouseout", (event) => light(event, false));
  window.addEventListener("hashchange", openLinked);
  openLinked();
})();
