/**
 * Runs in the window's page before its own scripts and measures what somebody in front of it would see. Reads nothing of
 * the window but its grid. Times are milliseconds since the page was opened.
 */
(() => {
  let firstTickMs = null;
  let frameMs = [];
  let longTaskMs = [];

  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    frameMs.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTaskMs.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });

  const digitsOf = (node) => (/\d/.test(node?.textContent ?? '') ? node.textContent : null);
  /** The texts that a change in place took away and brought, null where it was none. */
  const replaced = ({ type, oldValue, target, removedNodes, addedNodes }) => {
    if (type === 'characterData') return [/\d/.test(oldValue) ? oldValue : null, digitsOf(target)];
    if (removedNodes.length !== 1 || addedNodes.length !== 1) return [null, null];
    return [digitsOf(removedNodes[0]), digitsOf(addedNodes[0])];
  };
  // A number that was there and is another one now: not one that appears.
  new MutationObserver((changes, observer) => {
    for (const change of changes) {
      const [was, now] = replaced(change);
      const at = change.target.nodeType === Node.TEXT_NODE ? change.target.parentElement : change.target;
      if (was === null || now === null || was === now || at?.closest('[role="grid"]') == null) continue;
      firstTickMs = performance.now();
      observer.disconnect();
      return;
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, characterDataOldValue: true });

  /** What scrolls the grid, itself or something around it. */
  const scroller = () => {
    let element = document.querySelector('[role="grid"]');
    while (element !== null && element.scrollHeight <= element.clientHeight + 1) element = element.parentElement;
    return element;
  };

  window.windowProbe = {
    restart() {
      frameMs = [];
      longTaskMs = [];
    },
    read() {
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      const rows = document.querySelectorAll('[role="grid"] [role="row"]').length;
      return { firstPaintMs: paint?.startTime ?? null, firstTickMs, frameMs, longTaskMs, rows };
    },
    /** Down and up again, without an end, a few rows a frame. */
    scroll(pixelsPerFrame) {
      const element = scroller();
      let by = pixelsPerFrame;
      const step = () => {
        const end = element.scrollHeight - element.clientHeight;
        if (element.scrollTop >= end - 1) by = -pixelsPerFrame;
        if (element.scrollTop <= 0) by = pixelsPerFrame;
        element.scrollTop += by;
        requestAnimationFrame(step);
      };
      if (element !== null) requestAnimationFrame(step);
    },
  };
})();
