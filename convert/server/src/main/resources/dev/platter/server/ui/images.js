// The list of images.

import {get} from './api.js';
import {badge, el, failure, field, select} from './dom.js';
import {signs} from './signs.js';
import {bytes, day, statusKind} from './text.js';

const PAGE = 20;
const BUSY = ['saving', 'uploading', 'importing'];
const ORDERS = [['created_at:desc', 'Newest first'], ['created_at:asc', 'Oldest first'], ['name:asc', 'Name'],
  ['size:desc', 'Largest first'], ['size:asc', 'Smallest first']];

/** What was searched for last, so that going back from an image leads there. */
const asked = {text: '', status: '', format: '', visibility: 'all', order: ORDERS[0][0], markers: []};

export function showImages(main, signal) {
  const search = el('input', {type: 'search', value: asked.text, maxlength: 255, placeholder: 'Name, identifier or tag'});
  search.value = asked.text;
  const status = select([['', 'Any'], 'active', 'queued', 'saving', 'importing', 'uploading', 'deactivated', 'killed'], asked.status);
  const format = select([['', 'Any'], 'qcow2', 'raw', 'vmdk', 'vhd', 'vhdx', 'vdi', 'iso', 'ploop', 'ami', 'ari', 'aki'], asked.format);
  const visibility = select([['all', 'Any'], 'private', 'shared', 'community', 'public'], asked.visibility);
  const order = select(ORDERS, asked.order);
  const result = el('div', {id: 'result'});
  const state = {timer: 0, turn: 0};

  const begin = () => {
    Object.assign(asked, {text: search.value.trim(), status: status.value, format: format.value,
      visibility: visibility.value, order: order.value, markers: []});
    load(result, state, signal);
  };
  for (const choice of [status, format, visibility, order]) {
    choice.addEventListener('change', begin);
  }
  let typing;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(begin, 300);
  });
  main.append(
    el('div', {class: 'title'}, el('h1', {}, 'Images'), el('a', {class: 'button', href: '#add'}, 'Add an image')),
    el('form', {class: 'bar', role: 'search', onsubmit: event => { event.preventDefault(); begin(); }},
      wide(field('Search', search)), field('State', status), field('Format', format),
      field('Visibility', visibility), field('Order', order)),
    result);
  signal.addEventListener('abort', () => clearTimeout(state.timer));
  return load(result, state, signal);
}

function wide(element) {
  element.classList.add('wide');
  return element;
}

function query() {
  const parameters = new URLSearchParams({limit: PAGE, sort: asked.order, visibility: asked.visibility});
  if (asked.text) {
    parameters.set('os_glance_search', asked.text);
  }
  if (asked.status) {
    parameters.set('status', asked.status);
  }
  if (asked.format) {
    parameters.set('disk_format', asked.format);
  }
  if (asked.markers.length > 0) {
    parameters.set('marker', asked.markers.at(-1));
  }
  return parameters;
}

async function load(result, state, signal) {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  const again = document.activeElement && result.contains(document.activeElement) ? document.activeElement.id : '';
  let answer;
  try {
    answer = await get(`v2/images?${query()}`, signal);
  } catch (error) {
    if (!signal.aborted && turn === state.turn) {
      result.replaceChildren(failure(error));
    }
    return;
  }
  if (signal.aborted || turn !== state.turn) {
    return; // Something else was asked for meanwhile.
  }
  const turnTo = markers => {
    asked.markers = markers;
    load(result, state, signal).then(() => document.getElementById('list')?.focus());
  };
  const next = answer.next ? new URLSearchParams(answer.next.split('?')[1]).get('marker') : null;
  result.replaceChildren(
    answer.images.length > 0 ? table(answer.images) : el('p', {class: 'panel empty'}, 'No images are to be seen here.'),
    el('nav', {class: 'actions', 'aria-label': 'Pages'},
      el('button', {type: 'button', class: 'plain', id: 'previous', disabled: asked.markers.length === 0,
        onclick: () => turnTo(asked.markers.slice(0, -1))}, 'Previous'),
      el('button', {type: 'button', class: 'plain', id: 'next', disabled: !next,
        onclick: () => turnTo([...asked.markers, next])}, 'Next'),
      el('span', {class: 'quiet'}, `Page ${asked.markers.length + 1}`)));
  if (again) {
    document.getElementById(again)?.focus();
  }
  if (answer.images.some(image => BUSY.includes(image.status))) {
    state.timer = setTimeout(() => load(result, state, signal), 3000);
  }
}

function table(images) {
  return el('div', {class: 'listing'},
    el('table', {id: 'list', tabindex: -1, class: 'cards-when-narrow'},
      el('caption', {class: 'unseen'}, 'Images'),
      el('thead', {}, el('tr', {},
        ['Name', 'State', 'Format'].map(title => el('th', {scope: 'col'}, title)),
        ['Size', 'Disk'].map(title => el('th', {scope: 'col', class: 'number'}, title)),
        ['Signs', 'Created'].map(title => el('th', {scope: 'col'}, title)))),
      el('tbody', {}, images.map(row))));
}

function row(image) {
  const found = signs(image);
  return el('tr', {},
    el('th', {scope: 'row'}, el('a', {href: `#image/${encodeURIComponent(image.id)}`}, image.name || image.id)),
    el('td', {'data-label': 'State'}, badge(image.status, statusKind(image.status))),
    el('td', {'data-label': 'Format', class: image.disk_format ? '' : 'nothing'}, image.disk_format || ''),
    el('td', {'data-label': 'Size', class: image.size === null ? 'number nothing' : 'number'}, bytes(image.size)),
    el('td', {'data-label': 'Disk', class: image.virtual_size ? 'number' : 'number nothing'}, bytes(image.virtual_size)),
    el('td', {class: found.length > 0 ? '' : 'nothing'}, el('span', {class: 'badges'}, found.map(sign => badge(sign.word, sign.kind)))),
    el('td', {'data-label': 'Created', class: 'date'}, day(image.created_at)));
}
