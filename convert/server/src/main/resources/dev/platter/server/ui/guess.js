// What a file may be, as a suggestion: the service finds out by itself, and refuses what is not as it was said to be.

const NAMES = [[/\.qcow2?$/i, 'qcow2'], [/\.vmdk$/i, 'vmdk'], [/\.vhdx$/i, 'vhdx'], [/\.(vhd|vpc)$/i, 'vhd'], [/\.vdi$/i, 'vdi'],
  [/\.iso$/i, 'iso'], [/\.hds$/i, 'ploop'], [/\.(raw|img)$/i, 'raw']];

export function guessByName(address) {
  const name = address.split(/[?#]/)[0];
  return NAMES.find(([pattern]) => pattern.test(name))?.[1];
}

/** Signs at fixed places of formats that have one. */
const SIGNS = [[0, 'QFI\u00fb', 'qcow2'], [0, 'KDMV', 'vmdk'], [0, '# Disk DescriptorFile', 'vmdk'], [0, 'vhdxfile', 'vhdx'],
  [0, 'conectix', 'vhd'], [64, '\u007f\u0010\u00da\u00be', 'vdi'], [0, 'WithoutFreeSpace', 'ploop'], [0, 'WithouFreSpacExt', 'ploop'],
  [32769, 'CD001', 'iso']];

export async function guessByContent(file) {
  const head = new Uint8Array(await file.slice(0, 33 * 1024).arrayBuffer());
  const has = (offset, text) => [...text].every((character, i) => head[offset + i] === character.charCodeAt(0));
  return SIGNS.find(([offset, text]) => has(offset, text))?.[2] || guessByName(file.name) || 'raw';
}
