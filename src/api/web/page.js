// What is nicer with a script? Clean addresses, and panels that close by themselves. Without it all works the same.
"use strict";

for (const form of document.querySelectorAll("form.ask")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) {
      if (field.name && !field.value) field.disabled = true;
    }
  });
}

// A page that is gone back to must not keep its fields shut.
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.ask :disabled")) field.disabled = false;
});

const close = (but) => {
  for (const panel of document.querySelectorAll("details.pick[open]")) {
    if (!but || !panel.contains(but)) panel.open = false;
  }
};
addEventListener("click", (event) => close(event.target));
addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
