// Looks at a page as it is shown: by picture, by axe, and whether it fits.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import axe from 'axe-core';

export const FULL = process.env.BROWSER_TESTS === 'full';

const PICTURES = fileURLToPath(new URL('../../../target/browser/', import.meta.url));
mkdirSync(PICTURES, { recursive: true });

const NARROW = 320;
const WIDE = 1280;

/** The ways to look at a page: two of the four unless all are wanted. */
const VIEWS = [
  { width: NARROW, theme: 'dark' },
  { width: WIDE, theme: 'light' },
  { width: NARROW, theme: 'light', full: true },
  { width: WIDE, theme: 'dark', full: true },
].filter((view) => FULL || !view.full);

const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};

/** Keeps pictures of the page that is open, and finds nothing wrong with it. */
export async function look(tab, name, language) {
  assert.equal(await tab.getAttribute('html', 'lang'), language);
  const before = tab.viewportSize();
  for (const { width, theme } of VIEWS) {
    await tab.emulateMedia({ colorScheme: theme });
    await tab.setViewportSize({ width, height: before.height });
    const picture = `${PICTURES}${name}.${language}.${width}.${theme}.png`;
    await tab.screenshot({ path: picture, fullPage: true });
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name} at ${width} px is ${overflow} px too wide`);
    assert.deepEqual(await violations(tab), [], `${name} in ${language} at ${width} px, ${theme}`);
  }
  await tab.setViewportSize(before);
}

/** Of WCAG 2.2 AA and axe's own advice. */
async function violations(tab) {
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe.source);
  const result = await tab.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
