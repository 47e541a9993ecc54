// A new image made of one that is there, in another format. The old one stays as it is.

import {bringFor, fetchBy, storeChoice, visibilityChoice, writable} from './bring.js';
import {get, getUnless, imagePath} from './api.js';
import {el, failure, field, select} from './dom.js';

/** Formats of disks that the service makes, and what they are for. */
const FORMATS = [['qcow2', 'qcow2: QEMU, OpenStack'], ['raw', 'raw: the disk as it is'], ['vmdk', 'vmdk: VMware'],
  ['vhd', 'vhd: Azure, Hyper-V'], ['vhdx', 'vhdx: Hyper-V'], ['vdi', 'vdi: VirtualBox'], ['ploop', 'ploop: Parallels']];

/** Properties that others must not have, or that the service finds out anew. */
const OWN = /^(os_glance_|img_signature|owner_specified\.|vmware_|disk_geometry$)/;

export function canBeConverted(image) {
  return image.status === 'active' && ['bare', 'ova', 'ovf', 'ami'].includes(image.container_format)
    && !['iso', 'aki', 'ari'].includes(image.disk_format);
}

export async function showConvert(main, signal, id) {
  const place = el('div', {}, el('p', {class: 'quiet'}, 'Loading…'));
  main.append(el('p', {}, el('a', {href: `#image/${encodeURIComponent(id)}`}, '← The image')), el('h1', {}, 'Convert an image'), place);
  try {
    const [image, schema, methods, stores] = await Promise.all([get(imagePath(id), signal), get('v2/schemas/image', signal),
      get('v2/info/import', signal), getUnless('v2/info/stores', 404)]);
    if (signal.aborted) {
      return;
    }
    if (!methods['import-methods'].value.includes('convert-image')) {
      throw new Error('Conversions are switched off here.');
    }
    place.replaceChildren(form(signal, image, schema, writable(stores)));
  } catch (error) {
    if (!signal.aborted) {
      place.replaceChildren(failure(error));
    }
  }
}

function form(signal, image, schema, stores) {
  const accepted = schema.properties.disk_format.enum;
  const offered = FORMATS.filter(([name]) => accepted.includes(name) && name !== image.disk_format);
  const format = select(offered, offered[0]?.[0]);
  const name = el('input', {type: 'text', maxlength: 255, autocomplete: 'off', value: image.name || ''});
  const visibility = visibilityChoice();
  const store = storeChoice(stores);
  const problem = el('div');
  const submit = el('button', {id: 'make'}, 'Convert');
  const fields = el('fieldset', {},
    el('p', {}, `“${image.name || image.id}” (${image.disk_format}) stays as it is. A new image is made of it, with its properties.`),
    field('Format', format), field('Name of the new image', name), field('Visibility', visibility),
    stores.length > 1 && field('Store', store), submit);
  const element = el('form', {class: 'panel narrow', novalidate: true}, problem, fields);
  element.addEventListener('submit', async event => {
    event.preventDefault();
    await bringFor({form: element, fields, problem, submit}, signal, {
      title: 'Converting',
      fields: {...properties(image, schema), name: name.value || null, disk_format: format.value, container_format: 'bare',
        visibility: visibility.value, min_disk: image.min_disk, min_ram: image.min_ram, tags: image.tags},
      begin: fetchBy({name: 'convert-image', image_id: image.id}, store.value),
    });
  });
  return element;
}

/** What users have said of the image, and of any image with the same disk. */
function properties(image, schema) {
  const fixed = Object.entries(schema.properties).filter(([, rule]) => rule.is_base !== false).map(([key]) => key);
  return Object.fromEntries(Object.entries(image).filter(([key, value]) =>
    !fixed.includes(key) && !['stores', 'locations', 'direct_url'].includes(key) && !OWN.test(key) && typeof value === 'string'));
}
