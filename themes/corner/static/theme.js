// The switch between light and dark, remembered, which the browser's own frame follows (theme-color); and the keyboard's
// way into what scrolls sideways. Without this file the system's preference decides.
(() => {
  const root = document.documentElement;
  const button = document.querySelector(".switch");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const frames = [...document.querySelectorAll("meta[name=theme-color]")]; // the light one first
  const colours = frames.map((meta) => meta.content);
  const show = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    frames.forEach((meta, at) => { meta.content = colours[root.dataset.theme ? Number(isDark()) : at]; });
  };
  const recall = () => {
    try {
      const kept = localStorage.getItem("theme");
      if (kept === "light" || kept === "dark") root.dataset.theme = kept;
      else delete root.dataset.theme;
    } catch {} // a browser that keeps nothing
    show();
  };
  button.addEventListener("click", () => {
    const dark = !isDark();
    if (dark === system.matches) delete root.dataset.theme; // what the system says needs no remembering
    else root.dataset.theme = dark ? "dark" : "light";
    try {
      if (root.dataset.theme) localStorage.setItem("theme", root.dataset.theme);
      else localStorage.removeItem("theme");
    } catch {}
    show();
  });
  system.addEventListener("change", show);
  addEventListener("storage", recall);
  recall();
  button.hidden = false;

  const scrollers = document.querySelectorAll(".text pre, .text table");
  const mark = () => scrollers.forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  mark();
  addEventListener("load", mark);
  addEventListener("resize", mark);
})();
