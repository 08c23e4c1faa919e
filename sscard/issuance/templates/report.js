"use strict";
// Without scripts the table stands as it is; with them it can be sorted and filtered.
const body = document.querySelector(".results tbody");
const heads = [...document.querySelectorAll(".results th")];
const compare = new Intl.Collator("zh-CN", { numeric: true }).compare;

function sortBy(column) {
  const up = heads[column].getAttribute("aria-sort") !== "ascending";
  const rows = [...body.rows].sort(
    (a, b) => compare(a.cells[column].textContent, b.cells[column].textContent) * (up ? 1 : -1),
  );
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...rows);
}

heads.forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sortBy(column));
  head.append(button);
});

const filter = document.querySelector(".filter");
filter.hidden = false;
filter.addEventListener("click", (event) => {
  const chosen = event.target.closest("button");
  if (!chosen) return;
  for (const button of filter.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
  for (const row of body.rows) {
    row.hidden = chosen.dataset.outcome !== "" && row.dataset.outcome !== chosen.dataset.outcome;
  }
});
