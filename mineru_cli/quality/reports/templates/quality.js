"use strict";
(() => {
  const documents = [...document.querySelectorAll(".document")];
  const name = document.getElementById("name");
  const broken = document.getElementById("broken");
  const expand = document.getElementById("expand");
  const shown = document.getElementById("shown");
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
  name.addEventListener("input", filter);
  broken.addEventListener("change", filter);
  expand.addEventListener("click", toggle);
  document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
})();
