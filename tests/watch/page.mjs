// page.mjs MODULES URL SOCKET FOLDER - looks at watch-swarm's page in a headless Chromium, with the
// scripted engine at SOCKET behind it. Prints a result line a check; screenshots go to FOLDER.
import { createRequire } from 'node:module';
import http from 'node:http';

const [modules, url, socket, folder] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');
let failed = 0;

function check(name, good, why = '') {
  console.log(`${good ? '' : 'not '}ok ${name}`);
  if (!good) {
    failed++;
    console.log(`# ${String(why).split('\n').join('\n# ')}`);
  }
}

// ask(PATH, OPTIONS): status and headers of a request to the page's server
function ask(path, options = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, url), options, answer => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    });
    request.on('error', reject);
    request.end();
  });
}

// Has something happen in the swarm.
function swarm(what) {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: socket, path: `/test/${what}`, method: 'POST' }, answer => {
      answer.resume();
      answer.on('end', resolve);
    });
    request.on('error', reject);
    request.end();
  });
}

async function seen(page, what, ms) {
  const begun = Date.now();
  try {
    await page.waitForFunction(what, null, { timeout: ms, polling: 20 });
  } catch {
    return -1;
  }
  return Date.now() - begun;
}

async function refusals() {
  const token = new URL(url).pathname;
  check('the page is there', (await ask(token)).statusCode === 200);
  for (const wrong of ['/', '/events', `/${'0'.repeat(32)}/`, token.toUpperCase().replace(/[A-F]/, 'G'), `${token.slice(0, -2)}/`, `/${'0'.repeat(32)}/events`])
    check(`wrong token refused: ${wrong.replace(/[0-9a-f]{20,}/i, '...')}`, (await ask(wrong)).statusCode === 404);
  for (const host of ['evil.example', 'evil.example:80', '127.0.0.1', `127.0.0.1.evil.example:${new URL(url).port}`])
    check(`foreign Host refused: ${host.replace(/\d+$/, '...')}`, (await ask(token, { headers: { Host: host } })).statusCode === 403);
  check('localhost is this machine, too', (await ask(token, { headers: { Host: `localhost:${new URL(url).port}` } })).statusCode === 200);
  for (const method of ['POST', 'PUT', 'DELETE'])
    check(`${method} refused`, (await ask(token, { method })).statusCode === 405);
  const headers = (await ask(token)).headers;
  check('nothing of anybody else may be loaded', /^default-src 'none';/.test(headers['content-security-policy']) &&
    !/https?:|\*|unsafe/.test(headers['content-security-policy']), headers['content-security-policy']);
  check('the token goes nowhere', headers['referrer-policy'] === 'no-referrer' && headers['cache-control'] === 'no-store');
}

// A page that is looked at, with all that it complains of
async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', m => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
  page.on('pageerror', e => page.complaints.push(e.message));
  page.on('request', r => new URL(r.url()).origin !== new URL(url).origin && !r.url().startsWith('data:') && page.complaints.push(`asked ${r.url()}`));
  await page.goto(url);
  await seen(page, () => document.querySelectorAll('.node').length > 0, 10000);
  return page;
}

async function drain(page) {
  const text = () => page.locator('.node', { hasText: 'dev-worker-1' }).innerText();
  check('a card for each node', await page.locator('.node').count() === 5);
  check('with its tasks', await page.locator('.node .task').count() === 12);
  check('what a screen reader is told', /5 of 5 nodes ready, 12 of 12 tasks running/.test(await page.locator('[role=status]#sum').innerText()));
  const ms = await (async () => {
    const begun = Date.now();
    await swarm('drain?node=3');
    const left = await seen(page, () => [...document.querySelectorAll('.node')].some(n => /dev-worker-1/.test(n.textContent) && /drain/.test(n.textContent)), 10000);
    return left < 0 ? -1 : Date.now() - begun;
  })();
  check('a drain is seen', ms >= 0, await text());
  console.log(`# a drain was seen after ${ms} ms`);
  check('its tasks go', await seen(page, () => [...document.querySelectorAll('.node')].find(n => /dev-worker-1/.test(n.textContent)).querySelectorAll('.task').length === 0, 10000) >= 0,
    await text());
  check('to other nodes', await seen(page, () => document.querySelectorAll('.node .task').length === 12, 10000) >= 0);
  check('what happened is told', /dev-worker-1 is ready, drain/.test(await page.locator('[role=log]').innerText()));
}

async function details(page) {
  await swarm('fail?task=1');
  await seen(page, () => document.querySelector('.task[data-mood=bad]'), 10000);
  await page.locator('.task', { hasText: 'failed' }).first().click();
  check('a click shows the error', await seen(page, () => /no such/.test(document.querySelector('#detail-list').textContent), 5000) >= 0);
  check('and the last lines', await seen(page, () => /last words/.test(document.querySelector('#lines').textContent), 10000) >= 0);
  check('with no control character', !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(await page.locator('#detail').innerText()));
  await page.keyboard.press('Escape');
  check('escape closes it', !await page.locator('#detail').isVisible());
  await page.locator('.node', { hasText: 'dev-manager-1' }).getByRole('button', { name: 'CPU and memory' }).click();
  check('CPU and memory on demand', await seen(page, () => /25% cpu, 64 MiB/.test(document.querySelector('#nodes').textContent), 10000) >= 0,
    await page.locator('#nodes').innerText());
  await page.fill('#filter', 'worker-2');
  check('a filter', await seen(page, () => document.querySelectorAll('.node').length === 1, 5000) >= 0);
  await page.fill('#filter', '');
}

// Contrast by WCAG 2, of text against what is behind it
function contrasts() {
  const parts = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => parts(c).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (parts(c).length === 3 || parts(c)[3] > 0) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('h1, h2, h3, p, .task, .task .state, td, th, label')].filter(e => e.textContent.trim()).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    return { what: e.className || e.tagName, ratio: (a + 0.05) / (b + 0.05) };
  }).filter(one => one.ratio < 4.5);
}

async function looks(browser) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(browser, { colorScheme });
    await seen(page, () => document.querySelectorAll('.task').length >= 12, 10000);
    const low = await page.evaluate(contrasts);
    check(`${colorScheme}: text is readable`, low.length === 0, JSON.stringify(low));
    await page.screenshot({ path: `${folder}/watch-page-${colorScheme}.png` });
    check(`${colorScheme}: no complaint in the console`, page.complaints.length === 0, page.complaints.join('\n'));
    await page.context().close();
  }
  const phone = await open(browser, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth);
  check('on a phone nothing is wider than the screen', wide <= 360, wide);
  await phone.screenshot({ path: `${folder}/watch-page-phone.png` });
  check('phone: no complaint in the console', phone.complaints.length === 0, phone.complaints.join('\n'));
  await phone.context().close();
}

// What a screen reader finds
async function names(page) {
  const bad = await page.evaluate(() => {
    const named = e => (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || '').trim();
    return [...document.querySelectorAll('button, input, [aria-labelledby]')].filter(e => e.hasAttribute('aria-labelledby')
      ? !document.getElementById(e.getAttribute('aria-labelledby')) : !named(e)).map(e => e.outerHTML.slice(0, 80));
  });
  check('each control and part has a name', bad.length === 0, bad.join('\n'));
  await page.keyboard.press('Tab');
  check('and is reached by keys', await page.evaluate(() => document.activeElement !== document.body));
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  await refusals();
  const page = await open(browser);
  await drain(page);
  await details(page);
  await names(page);
  await looks(browser);
  check('no complaint in the console, and nothing asked elsewhere', page.complaints.length === 0, page.complaints.join('\n'));
} catch (e) {
  check('the page can be looked at', false, e.stack);
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
