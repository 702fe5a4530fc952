// Debian's Chromium, and what must never happen in it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that asks another host fails instead of reaching it.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.*',
];

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.home = await mkdtemp(join(tmpdir(), 'porteiro-chromium-'));
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: FLAGS,
      // Going back shows what people see: the page as it was left.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      // Chromium's sandbox does not start for root.
      chromiumSandbox: process.getuid() !== 0,
      env: { ...process.env, HOME: browser.home },
    });
    return browser;
  }

  async stop() {
    await this.chromium.close();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** A person at a fresh browser, who may talk to `hosts` only. */
  async person(hosts, { javaScript = true, language = 'en', width = 1280, theme = 'light' } = {}) {
    const context = await this.chromium.newContext({
      javaScriptEnabled: javaScript,
      locale: language,
      viewport: { width, height: 800 },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(10_000);
    return new Person(context, hosts);
  }
}

export class Person {
  #wrongs = [];

  constructor(context, hosts) {
    this.context = context;
    const allowed = new Set(hosts.map((host) => new URL(host).host));
    context.on('request', (request) => {
      if (!allowed.has(new URL(request.url()).host)) this.#wrongs.push(`request to ${request.url()}`);
    });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !isStatusOfPage(message)) {
        this.#wrongs.push(`console: ${message.text()}`);
      }
    });
    context.on('weberror', (problem) => this.#wrongs.push(`script: ${problem.error()}`));
  }

  tab() {
    return this.context.newPage();
  }

  /** Ends the visit; nothing may have gone wrong in it. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.#wrongs, []);
  }
}

/** Chromium writes the status of an error page to the console, too. */
function isStatusOfPage(message) {
  const address = message.location().url;
  return message.text().startsWith('Failed to load resource: the server responded') &&
    !address.includes('/assets/') && !address.includes('favicon');
}
