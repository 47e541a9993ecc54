// One image: what it is, what was done to it, and its end.

import {follow, get, imagePath, picture, remove} from './api.js';
import {canBeConverted} from './convert.js';
import {badge, confirm, el, failure, fill, say, terms} from './dom.js';
import {signs} from './signs.js';
import {taskItem} from './task.js';
import {bytes, statusKind, time} from './text.js';

/** What is shown in words of its own, or is of no use to people. */
const KNOWN = new Set(['id', 'name', 'status', 'visibility', 'owner', 'disk_format', 'container_format', 'size', 'virtual_size',
  'min_disk', 'min_ram', 'protected', 'os_hidden', 'checksum', 'os_hash_algo', 'os_hash_value', 'created_at', 'updated_at',
  'tags', 'self', 'file', 'schema', 'stores', 'locations', 'direct_url', 'os_glance_failed_import',
  'os_glance_importing_to_stores', 'os_glance_import_task']);

export async function showImage(main, signal, id) {
  const place = el('div', {}, el('p', {class: 'quiet'}, 'Loading…'));
  main.append(el('p', {}, el('a', {href: '#images'}, '← All images')), place);
  await load(place, signal, id);
}

async function load(place, signal, id) {
  let image;
  let tasks;
  try {
    [image, tasks] = await Promise.all([get(imagePath(id), signal), get(`${imagePath(id)}/tasks`, signal)]);
  } catch (error) {
    if (!signal.aborted) {
      place.replaceChildren(el('h1', {}, 'Image'), failure(error));
    }
    return;
  }
  const items = new Map(tasks.tasks.map(task => [task.id, taskItem(task)]));
  const list = el('ul', {class: 'cards', id: 'tasks'}, [...items.values()].reverse().map(item => item.element));
  fill(place,
    el('div', {class: 'title'},
      el('h1', {}, image.name || image.id, ' ', badge(image.status, statusKind(image.status))),
      el('div', {class: 'actions'},
        canBeConverted(image) && el('a', {class: 'button plain', id: 'convert', href: `#convert/${encodeURIComponent(image.id)}`}, 'Convert…'),
        el('button', {type: 'button', class: 'danger plain', id: 'delete', onclick: () => destroy(image)}, 'Delete…'))),
    signList(image),
    el('div', {class: 'panel'}, facts(image)),
    image.status === 'active' && disk(image, signal),
    el('h2', {}, 'Properties'),
    properties(image),
    el('h2', {}, 'Tasks'),
    items.size > 0 ? list : el('p', {class: 'quiet'}, 'Nothing was done to it that takes long, or nothing that you may see.'));
  if (tasks.tasks.some(task => ['pending', 'processing'].includes(task.status))) {
    watch(place, signal, id, items);
  }
}

/** Shows how the tasks go, and then all anew. */
async function watch(place, signal, id, items) {
  try {
    await follow(id, (name, data) => {
      if (name === 'task') {
        items.get(data.id)?.update(data);
      }
    }, signal);
    await load(place, signal, id);
    say('The import has ended.');
  } catch (error) {
    if (!signal.aborted) {
      place.prepend(failure(error));
    }
  }
}

function signList(image) {
  const found = signs(image);
  return found.length > 0 && el('ul', {class: 'signs', 'aria-label': 'Signs'},
    found.map(sign => el('li', {class: sign.kind}, el('strong', {}, sign.word), sign.text)));
}

/** The picture of the disk, once it is there; the service reads some of the disk for it. */
function disk(image, signal) {
  const place = el('div', {class: 'panel scroll', role: 'region', tabindex: 0, 'aria-label': 'The disk as a picture'},
    el('p', {class: 'quiet'}, 'Looking at the disk…'));
  picture(`${imagePath(image.id)}/picture`, signal).then(({blob, words}) => {
    const shown = el('img', {class: 'disk', src: URL.createObjectURL(blob), alt: words});
    shown.addEventListener('load', () => URL.revokeObjectURL(shown.src), {once: true});
    fill(place, shown);
  }).catch(error => {
    if (!signal.aborted) {
      fill(place, el('p', {class: 'quiet'}, error.message));
    }
  });
  return [el('h2', {}, 'What is allocated'), place];
}

function facts(image) {
  return terms([
    ['Identifier', el('code', {}, image.id)],
    ['Format', [image.disk_format, image.container_format].filter(word => word).join(' in ')],
    ['Size', image.size === null ? 'no data yet' : `${bytes(image.size)} (${image.size} bytes)`],
    ['Disk', image.virtual_size ? `${bytes(image.virtual_size)} (${image.virtual_size} bytes)` : null],
    ['Asks for', [image.min_disk ? `a disk of ${image.min_disk} GiB` : '', image.min_ram ? `${image.min_ram} MiB of memory` : '']
      .filter(part => part).join(', ')],
    ['Visibility', image.visibility],
    ['Project', image.owner],
    ['Stores', image.stores],
    ['Tags', (image.tags || []).join(', ')],
    ['Digest', image.os_hash_value && el('span', {}, `${image.os_hash_algo} `, el('code', {}, image.os_hash_value))],
    ['MD5', image.checksum && el('code', {}, image.checksum)],
    ['Created', time(image.created_at)],
    ['Changed', time(image.updated_at)],
  ]);
}

function properties(image) {
  const names = Object.keys(image).filter(name => !KNOWN.has(name)).sort();
  if (names.length === 0) {
    return el('p', {class: 'quiet'}, 'None.');
  }
  return el('div', {class: 'listing'},
    el('table', {},
      el('caption', {class: 'unseen'}, 'Properties'),
      el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Name'), el('th', {scope: 'col'}, 'Value'))),
      el('tbody', {}, names.map(name => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {}, String(image[name])))))));
}

async function destroy(image) {
  const name = image.name || image.id;
  const yes = await confirm('Delete this image?', `“${name}” and all copies of its data will be gone for good.`, 'Delete');
  if (!yes) {
    document.getElementById('delete')?.focus();
    return;
  }
  try {
    await remove(imagePath(image.id));
    say(`“${name}” is deleted.`);
    location.hash = '#images';
  } catch (error) {
    document.getElementById('main').prepend(failure(error));
  }
}
