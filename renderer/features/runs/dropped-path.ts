/**
 * What was dropped onto the window, as a path: file managers that tell one (`file://` addresses, plain paths). A browser
 * hides where its files come from; then there is none, and the path is to be typed.
 */
export function droppedPath(data: Pick<DataTransfer, 'getData'> | null): string | null {
  if (data === null) return null;
  const lines = [data.getData('text/uri-list'), data.getData('text/plain')].flatMap((text) => text.split(/\r?\n/));
  const line = lines.map((each) => each.trim()).find((each) => each !== '' && !each.startsWith('#'));
  if (line === undefined) return null;
  if (!line.startsWith('file://')) return /^([/~]|[A-Za-z]:\\)/.test(line) ? line : null;
  try {
    const path = decodeURIComponent(new URL(line).pathname);
    return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
  } catch {
    return null;
  }
}
