// In the preview only: a page that has changed reloads itself.

const state = () =>
  fetch(`/.state${location.pathname}`).then((answer) => answer.text());

const first = await state();
setInterval(async () => {
  const now = await state().catch(() => first);
  if (now != first) location.reload();
}, 500);
