// What watch-swarm --listen shows: the lines of --json as they come, as cards.
'use strict';

const MANY = 1500; // tasks; with more, a card has numbers in their place
const LIVE = ['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'];
const FAILED = ['failed', 'rejected', 'orphaned'];
const LOG_LINES = 200;

const things = { node: new Map(), service: new Map(), task: new Map() };
const usage = new Map(); // by task
let whole = false, drawn = false;

const $ = id => document.getElementById(id);

function element(name, properties, ...children) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === 'mood') out.dataset.mood = value;
    else if (key.startsWith('aria-')) out.setAttribute(key, value);
    else out[key] = value;
  }
  out.append(...children);
  return out;
}

// ---- what the swarm does, in words ----

const isLive = t => LIVE.includes(t.state);
const isWanted = t => t.desired === 'running' || (t.desired === 'complete' && (isLive(t) || !FAILED.includes(t.state) && t.state !== 'complete'));
const word = t => isLive(t) && !isWanted(t) ? 'stopping' : t.state;

function taskMood(t) {
  if (FAILED.includes(t.state)) return 'bad';
  if (!isLive(t)) return isWanted(t) ? 'bad' : 'ended';
  return t.state === 'running' && isWanted(t) ? 'good' : 'moving';
}

function nodeMood(n, tasks) {
  if (n.state !== 'ready' || (n.manager && !n.reachable)) return 'bad';
  return n.availability !== 'active' || tasks.some(t => taskMood(t) === 'moving') ? 'moving' : 'good';
}

const part = n => !n.manager ? n.role : n.leader ? 'leader' : n.reachable ? 'manager' : 'unreachable manager';

// Those that are there or should be, and a failure until its successor runs
function shown() {
  const running = new Set(), failed = new Map(), out = [];
  const place = t => `${t.service} ${t.slot || t.node}`;
  for (const t of things.task.values()) {
    if (t.state === 'running' && isWanted(t)) running.add(place(t));
    if (isLive(t) || isWanted(t)) out.push(t);
    else if (FAILED.includes(t.state) && !(failed.get(place(t))?.created > t.created)) failed.set(place(t), t);
  }
  for (const [where, t] of failed) if (!running.has(where)) out.push(t);
  return out;
}

const natural = new Intl.Collator('en', { numeric: true }).compare;
const byName = (a, b) => natural(a.name || a.hostname, b.name || b.hostname) || natural(a.id, b.id);

function group(list, key) {
  const out = new Map();
  for (const one of list) {
    if (!out.has(one[key])) out.set(one[key], []);
    out.get(one[key]).push(one);
  }
  return out;
}

// ---- drawing ----

function size(bytes) {
  return bytes >= 1 << 30 ? `${(bytes / (1 << 30)).toFixed(1)} GiB` : `${Math.round(bytes / (1 << 20))} MiB`;
}

function taskButton(t) {
  const used = usage.get(t.id);
  const state = used ? `${word(t)}, ${Math.round(used.cpu * 100)}% cpu, ${size(used.memory)}` : word(t);
  const out = element('button', { type: 'button', className: 'task', mood: taskMood(t), onclick: () => openTask(t.id) },
    t.name, element('span', { className: 'state' }, state));
  out.dataset.task = t.id;
  out.dataset.name = t.name;
  return out;
}

function counts(tasks) {
  return [...group(tasks.map(t => ({ word: word(t) })), 'word')].map(([name, list]) => `${list.length} ${name}`).join(', ') || 'no tasks';
}

function card(n, tasks, many) {
  const list = element('ul');
  if (many) list.append(element('li', {}, counts(tasks)));
  else for (const t of tasks.sort(byName)) list.append(element('li', {}, taskButton(t)));
  const heading = element('h3', { id: `h-${n.id}` }, n.hostname);
  const out = element('article', { className: 'node', mood: nodeMood(n, tasks), 'aria-labelledby': heading.id }, heading,
    element('p', { className: 'word' }, [n.state, n.availability].join(', ')),
    element('p', {}, [part(n), n.address, `engine ${n.engine}`, n.message].filter(Boolean).join(' · ')), list);
  if (tasks.length && !many)
    out.append(element('button', { type: 'button', className: 'usage', onclick: () => askUsage(n.id) }, 'CPU and memory',
      element('span', { className: 'usage-word' }, usage.get(n.id) || '')));
  out.dataset.node = n.id;
  return out;
}

function drawNodes(list, filter, many) {
  const of = group(list, 'node');
  const matches = (n, tasks) => !filter || [n.hostname, n.role, n.state, n.availability, ...tasks.map(t => `${t.name} ${word(t)} ${t.image}`)]
    .some(text => text.toLowerCase().includes(filter));
  const cards = [...things.node.values()]
    .sort((a, b) => (b.role === 'manager') - (a.role === 'manager') || byName(a, b))
    .map(n => [n, of.get(n.id) || []]).filter(([n, tasks]) => matches(n, tasks)).map(([n, tasks]) => card(n, tasks, many));
  const nowhere = list.filter(t => !things.node.has(t.node));
  if (nowhere.length)
    cards.push(card({ id: 'none', hostname: 'no node yet', state: 'waiting', availability: 'for a node', role: '', engine: '?' }, nowhere, many));
  moving($('nodes'), () => $('nodes').replaceChildren(...cards));
}

function drawServices(list) {
  const of = group(list, 'service');
  $('services').replaceChildren(...[...things.service.values()].sort(byName).map(s => {
    const tasks = of.get(s.id) || [];
    const wanted = tasks.filter(isWanted), running = wanted.filter(t => t.state === 'running').length;
    const mood = tasks.some(t => taskMood(t) === 'bad') ? 'bad' : tasks.some(t => taskMood(t) === 'moving') ? 'moving' : 'good';
    return element('tr', {}, element('th', { scope: 'row' }, s.name), element('td', { mood }, `${running} of ${wanted.length}`),
      element('td', {}, s.image), element('td', {}, [s.update, s.update && s.message].filter(Boolean).join(': ')));
  }));
}

// A task that has another place glides there, but for those who want nothing to move.
function moving(root, change) {
  const before = new Map([...root.querySelectorAll('.task')].map(e => [e.dataset.name, e.getBoundingClientRect()]));
  const focused = document.activeElement?.dataset?.task;
  change();
  if (focused) root.querySelector(`[data-task="${focused}"]`)?.focus();
  if (!drawn || before.size > 300 || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  for (const e of root.querySelectorAll('.task')) {
    const was = before.get(e.dataset.name), is = e.getBoundingClientRect();
    if (was && (was.x !== is.x || was.y !== is.y))
      e.animate([{ transform: `translate(${was.x - is.x}px, ${was.y - is.y}px)` }, { transform: 'none' }], { duration: 400, easing: 'ease-out' });
  }
}

function draw() {
  const list = shown(), nodes = [...things.node.values()];
  const wanted = list.filter(isWanted), ready = nodes.filter(n => n.state === 'ready').length;
  const sum = `${ready} of ${nodes.length} nodes ready, ${wanted.filter(t => t.state === 'running').length} of ${wanted.length} tasks running`;
  // A screen reader says what is new in it.
  if ($('sum').textContent !== sum) $('sum').textContent = sum;
  drawNodes(list, $('filter').value.trim().toLowerCase(), list.length > MANY);
  drawServices(list);
  drawn = true;
}

let planned = false;
function plan() {
  if (planned || !whole) return;
  planned = true;
  setTimeout(() => { planned = false; draw(); }, 50);
}

// ---- what happened ----

function happened(text) {
  const log = $('log');
  log.prepend(element('li', {}, element('time', {}, new Date().toLocaleTimeString()), text));
  while (log.children.length > LOG_LINES) log.lastChild.remove();
}

function tell(d, before) {
  if (d.kind === 'node' && d.change === 'changed' && (before.state !== d.state || before.availability !== d.availability))
    happened(`${d.hostname} is ${d.state}, ${d.availability}`);
  else if (d.kind === 'node' && d.change !== 'changed')
    happened(`${d.hostname} ${d.change === 'added' ? 'is new' : 'has gone'}`);
  else if (d.kind === 'task' && d.change === 'added')
    happened(`${d.name} begins on ${d.hostname || 'no node'}`);
  else if (d.kind === 'task' && d.change === 'changed' && word(d) !== word(before))
    happened(`${d.name} on ${d.hostname || 'no node'} is ${word(d)}${FAILED.includes(d.state) ? ': ' + d.message : ''}`);
}

// ---- what a person asks for ----

function row(key, value) {
  return value === '' || value === undefined ? [] : [element('dt', {}, key), element('dd', {}, String(value))];
}

async function ask(what) {
  try {
    const answer = await fetch(what);
    return answer.ok ? await answer.json() : { why: `status ${answer.status}` };
  } catch {
    return { why: 'watch-swarm does not answer' };
  }
}

async function openTask(id) {
  const t = things.task.get(id);
  if (!t) return;
  $('detail-head').textContent = t.name;
  $('detail-list').replaceChildren(...[['state', word(t)], ['wanted', t.desired], ['since', t.since && new Date(t.since).toLocaleString()], ['node', t.hostname],
    ['image', t.image], [FAILED.includes(t.state) ? 'error' : 'message', t.message], ['exit code', t.exit || ''], ['ID', t.id]].flatMap(r => row(...r)));
  $('lines').textContent = 'being read';
  $('detail').showModal();
  const answer = await ask(`log?task=${encodeURIComponent(id)}`);
  $('lines').textContent = answer.why || answer.log || 'none';
}

async function askUsage(id) {
  usage.set(id, ' being asked');
  plan();
  const answer = await ask(`usage?node=${encodeURIComponent(id)}`);
  if (answer.why) {
    usage.set(id, ` ${answer.why}`);
  } else {
    let cpu = 0, memory = 0;
    for (const one of answer.tasks) {
      usage.set(one.task, one);
      cpu += one.cpu;
      memory += one.memory;
    }
    usage.set(id, ` ${cpu.toFixed(2)} processors, ${size(memory)}`);
  }
  plan();
}

// ---- the stream ----

function take(d) {
  if (d.kind === 'manager') {
    $('link').dataset.mood = d.change === 'used' ? 'good' : 'bad';
    $('link').textContent = d.change === 'used' ? `at ${d.manager}` : `lost ${d.manager}: ${d.why}`;
    if (whole) happened($('link').textContent);
  } else if (d.kind === 'whole') {
    whole = true;
  } else {
    const before = things[d.kind].get(d.id);
    if (d.change === 'removed') things[d.kind].delete(d.id);
    else things[d.kind].set(d.id, d);
    if (whole) tell(d, before || d);
  }
  plan();
}

const stream = new EventSource('events');
stream.addEventListener('anew', () => {
  whole = false;
  for (const map of Object.values(things)) map.clear();
});
stream.addEventListener('message', e => take(JSON.parse(e.data)));
stream.addEventListener('error', () => {
  $('link').dataset.mood = 'bad';
  $('link').textContent = 'watch-swarm does not answer any more';
});
$('filter').addEventListener('input', plan);
