// The page last chosen by a link of the menu. What an earlier page still asks of the browser's
// address must not take its place, and the code of that page comes later than its menu.
(() => {
  const LINKS = '[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"], [data-testid="stPageLink-NavLink"]';
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(LINKS);
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (link && !elsewhere) window.morphChosen = new URL(link.href).pathname;
  }, true);
  window.addEventListener("popstate", () => (window.morphChosen = ""));
})();
