// Keys, and frames as tall as what they hold. Without this file everything works: frames scroll, links and buttons are
// reached with Tab.
(() => {
  const root = document.documentElement;
  const dialog = document.querySelector("dialog.keys");
  const single = dialog.querySelector(".single");
  const help = document.querySelector("button.help");
  const isOn = () => single.checked;

  try {
    single.checked = localStorage.getItem("desk-keys") !== "off";
  } catch {} // a browser that keeps nothing
  const show = () => root.classList.toggle("keyed", isOn());
  single.addEventListener("change", () => {
    try {
      localStorage.setItem("desk-keys", isOn() ? "on" : "off");
    } catch {}
    show();
  });
  show();
  help.hidden = false;
  help.addEventListener("click", () => {
    const before = document.activeElement;
    dialog.addEventListener("close", () => before.focus({ preventScroll: true }), { once: true });
    dialog.showModal();
  });

  // A form that was refused is answered at its own address: going back there, or reloading it, would send it again.
  const sent = location.pathname.match(/^\/drafts\/[^/]+(?=\/)/);
  if (sent) history.replaceState(null, "", sent[0]);

  // What a key leads to: a link is followed; anything else is focused, and Enter does it.
  const reach = (target) => {
    if (target.matches("a, .help")) return target.click();
    if (target.matches("summary")) {
      target.parentElement.open = true;
      target = target.parentElement.querySelector("input:not([type=hidden]), textarea") || target;
    }
    target.focus();
    if (target.select) target.select();
    target.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = rows.indexOf(document.activeElement.closest("li")?.querySelector("[data-row]"));
    const next = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const compare = (button) => {
    const picked = document.querySelector("[data-edition] :checked");
    const edition = (picked || document.activeElement.closest("[data-edition]:has([data-all]) li") || button).closest("[data-edition]");
    if (picked) edition.requestSubmit();
    else edition.querySelector("[data-all]").click();
  };
  const pressed = (event) => {
    const at = event.target;
    const writes = at.matches && at.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    if (!isOn() || dialog.open || writes || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const targets = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)];
    const target = targets.find((one) => one === help || one.checkVisibility());
    const row = document.activeElement.closest("li");
    if (target && target.matches(".plain")) compare(target);
    else if (target) reach(target);
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else if (event.key === "x" && row && row.querySelector(".pick input")) row.querySelector(".pick input").click();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", pressed);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !dialog.open && document.activeElement.matches("input, textarea")) document.activeElement.blur();
  });

  // A draft's frame runs nothing by itself; so it is measured from here, and keys pressed in it are heard here.
  for (const frame of document.querySelectorAll("iframe.sheet")) {
    let width = 0;
    const fit = () => {
      const inside = frame.contentDocument;
      if (!inside || !inside.body) return;
      const from = scrollY, { top, height: before } = frame.getBoundingClientRect();
      frame.style.blockSize = "8rem";
      const after = inside.documentElement.scrollHeight + 2;
      frame.style.blockSize = `${after}px`;
      // Whoever has read half of it goes on there, and whoever is below it stays below it.
      if (top < 0) scrollTo(0, from + (-top < before ? top - (top * after) / before : after - before));
    };
    const settle = () => {
      const inside = frame.contentDocument;
      if (!inside || inside.URL === "about:blank") return;
      inside.addEventListener("keydown", pressed);
      inside.fonts.ready.then(fit);
      fit();
    };
    frame.addEventListener("load", settle);
    new ResizeObserver(() => {
      if (width !== frame.clientWidth) fit();
      width = frame.clientWidth;
    }).observe(frame);
    if (frame.contentDocument && frame.contentDocument.readyState === "complete") settle();
  }

  for (const form of document.querySelectorAll(".decide details"))
    form.addEventListener("toggle", () => form.open && form.scrollIntoView({ block: "nearest" }));

  const said = document.querySelector(".said[role=alert], .said");
  if (said) said.focus({ preventScroll: true });
  if (location.hash === "#decide") document.querySelector("#decide button, #decide summary")?.focus();
})();
