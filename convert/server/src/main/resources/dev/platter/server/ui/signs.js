// What somebody who uses an image should know of it, as far as the service does.

import {bytes} from './text.js';

/** How many times larger than what is stored a disk may be before it is said. */
const SPARSE = 20;

/** Signs of an image: each with a kind (bad, warn or nothing), a word and a sentence. */
export function signs(image) {
  const found = [];
  const add = (kind, word, text) => found.push({kind, word, text});
  if (image.status === 'killed') {
    add('bad', 'Unusable', 'Its data could not be taken in.');
  }
  if (image.status === 'deactivated') {
    add('warn', 'Deactivated', 'An administrator has stopped its downloads.');
  }
  const failed = (image.os_glance_failed_import || '').split(',').filter(store => store);
  if (failed.length > 0 && image.status === 'queued') {
    add('bad', 'Import failed', 'It has no data: the last import has failed, and its task says why.');
  } else if (failed.length > 0) {
    add('bad', 'Not in every store', `These stores do not have it: ${failed.join(', ')}.`);
  }
  if (image.status === 'active') {
    if (!image.os_hash_value) {
      add('warn', 'No digest', 'Nobody has computed a digest of its data: whether they have changed cannot be told.');
    }
    if (image.container_format !== 'bare') {
      add('warn', 'Not looked into', `The disk is inside of a container (${image.container_format}), which is stored as it came.`);
    }
    if (image.img_signature && image.img_signature_certificate_uuid) {
      add('', 'Signed', 'It carries a signature; services that use it can verify it.');
    }
    if (image.virtual_size && image.size && image.virtual_size > SPARSE * image.size) {
      add('warn', 'Grows when it is used', `A disk of ${bytes(image.virtual_size)} that takes ${bytes(image.size)}.`);
    }
    if (image.min_disk && image.virtual_size > image.min_disk * 1024 ** 3) {
      add('warn', 'Does not fit', `It asks for a disk of ${image.min_disk} GiB, and is larger.`);
    }
  }
  if (image.visibility === 'public' || image.visibility === 'community') {
    add('', image.visibility === 'public' ? 'Public' : 'Community', 'All projects may use it.');
  }
  if (image.os_hidden) {
    add('', 'Hidden', 'It is left out of lists, and can be used.');
  }
  if (image.protected) {
    add('', 'Protected', 'It cannot be deleted until that is changed.');
  }
  return found;
}
