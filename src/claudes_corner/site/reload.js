"use strict";
const shown = document.currentScript.dataset.shown || ""; // it may have changed before this page listens
const events = new EventSource("/_corner/events?" + shown + location.pathname);
events.addEventListener("reload", () => location.reload());
events.addEventListener("problem", (event) => {
  const note = document.getElementById("corner-problem") || document.createElement("pre");
  note.id = "corner-problem";
  note.setAttribute("role", "alert");
  note.textContent = "The site could not be built; this is the last good one.\n\n" + JSON.parse(event.data);
  Object.assign(note.style, {
    position: "fixed", inset: "auto 0 0 0", margin: 0, padding: "1rem", maxHeight: "60vh", overflow: "auto",
    whiteSpace: "pre-wrap", font: "14px/1.5 monospace", color: "#fff", background: "#7a1020", zIndex: 9999,
  });
  document.body.append(note);
});
