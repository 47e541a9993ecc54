// The stores and their room, and what the project uses.

import {getUnless, health} from './api.js';
import {badge, el, failure, terms} from './dom.js';
import {bytes, statusKind} from './text.js';

const KINDS = {database: 'Database', disk: 'Disk of the service', staging: 'Staging area', disabled: 'Taken out of use'};

export async function showStores(main, signal) {
  const place = el('div', {}, el('p', {class: 'quiet'}, 'Asking the stores…'));
  main.append(el('h1', {}, 'Stores'), place);
  try {
    const [listed, usage, found] = await Promise.all([
      getUnless('v2/info/stores', 404), getUnless('v2/info/usage', 403, 404), health()]);
    if (!signal.aborted) {
      place.replaceChildren(...parts(listed, usage, found));
    }
  } catch (error) {
    if (!signal.aborted) {
      place.replaceChildren(failure(error));
    }
  }
}

function parts(listed, usage, found) {
  const findings = found ? found.reasons : [];
  const rooms = new Map(findings.filter(one => one.class === 'store').map(one => [one.name, one]));
  const stores = listed ? listed.stores : [...rooms.keys()].map(id => ({id}));
  const all = [stores.length > 0 ? el('ul', {class: 'cards', id: 'stores'}, stores.map(store => card(store, rooms.get(store.id))))
    : el('p', {class: 'quiet'}, 'There is one store.')];
  if (usage && Object.keys(usage.usage).length > 0) {
    all.push(el('h2', {}, 'What your project uses'), el('div', {class: 'panel'}, terms(Object.entries(usage.usage).map(used))));
  }
  if (found) {
    all.push(el('h2', {}, 'The service'), el('ul', {class: 'cards'}, findings.filter(one => one.class !== 'store').map(one =>
      el('li', {class: 'panel'},
        el('h3', {}, KINDS[one.class] || one.class, badge(one.reason === 'OK' ? 'OK' : 'failed', statusKind(one.reason))),
        room(one), one.details && el('p', {class: 'error'}, one.details)))));
  }
  return all;
}

function card(store, finding) {
  return el('li', {class: 'panel'},
    el('h2', {}, store.id, el('span', {class: 'badges'},
      store.default && badge('default'),
      store['read-only'] && badge('read-only', 'warn'),
      finding && badge(finding.reason === 'OK' ? 'OK' : 'failed', statusKind(finding.reason)))),
    store.description && el('p', {}, store.description),
    room(finding),
    finding?.details && el('p', {class: 'error'}, finding.details));
}

function room(finding) {
  if (!finding) {
    return null;
  }
  return finding.free_bytes === undefined ? null : el('p', {class: 'quiet'}, `${bytes(finding.free_bytes)} free`);
}

const NAMES = {image_size_total: 'Data of images', image_stage_total: 'Data that are staged', image_count_total: 'Images',
  image_count_uploading: 'Uploads under way'};

/** Limits of sizes are in MiB. */
function used([name, {limit, usage}]) {
  const say = count => name.includes('size') || name.includes('stage') ? bytes(count * 1024 ** 2) : String(count);
  return [NAMES[name] || name, limit < 0 ? `${say(usage)}, without a limit` : `${say(usage)} of ${say(limit)}`];
}
