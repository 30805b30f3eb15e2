// Buttons that copy a feed's address. Without this file the address can be selected and copied by hand.
document.querySelectorAll("button.copy").forEach((button) => {
  if (!navigator.clipboard) return;
  const label = button.firstChild.data;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.address);
      button.firstChild.data = "Copied";
    } catch {
      button.firstChild.data = "Not copied";
    }
    setTimeout(() => { button.firstChild.data = label; }, 2000);
  });
});
