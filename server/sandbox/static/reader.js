// Keeps the reader's screen fresh. Without it the page reloads itself.
const main = document.querySelector("main[data-screen]");

async function refresh() {
  const answer = await fetch(main.dataset.screen);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["screen", "keys"]) {
    const [now, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (now.className === next.className && now.innerHTML === next.innerHTML) continue;
    const focused = now.contains(document.activeElement) ? document.activeElement.id : null;
    now.className = next.className;
    now.innerHTML = next.innerHTML;
    if (focused) document.getElementById(focused)?.focus();
  }
}

setInterval(() => refresh().catch(() => {}), 700);
