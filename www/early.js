// Before the first paint: the theme that was chosen last time. And until the page has started, what
// keeps it from starting.
try {
  const theme = localStorage.getItem("sixfold.theme");
  if (["light", "dark", "projector"].includes(theme)) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme holds.
}
const fail = (reason) => {
  const loading = document.getElementById("loading");
  if (loading) loading.textContent = `${loading.dataset.failed} ${reason?.message ?? reason}`;
};
addEventListener("error", (event) => fail(event.message ?? event.type));
addEventListener("unhandledrejection", (event) => fail(event.reason));
