// What the shell laid into the page, so that the first screen is drawn without asking. See src-tauri/src/first_page.rs.
import type { Home } from './ipc.gen';

/** Takes it out of the page; once, because later it would be old. Nothing where the shell had it too late, or a server sends the page. */
export function laidIn(): Home | undefined {
  const block = document.getElementById('laid-in');
  block?.remove();
  return block?.textContent ? (JSON.parse(block.textContent) as Home) : undefined;
}
