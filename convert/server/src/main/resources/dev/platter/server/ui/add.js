// New images: a file of this machine, or one that the service fetches from the web.

import {follow, get, getUnless, imagePath, post, remove, upload} from './api.js';
import {el, failure, field, say, select} from './dom.js';
import {guessByContent, guessByName} from './guess.js';
import {bytes, progressText} from './text.js';

export async function showAdd(main, signal) {
  const place = el('div', {}, el('p', {class: 'quiet'}, 'Loading…'));
  main.append(el('h1', {}, 'Add an image'), place);
  try {
    const [schema, methods, stores] = await Promise.all([
      get('v2/schemas/image', signal), get('v2/info/import', signal), getUnless('v2/info/stores', 404)]);
    if (!signal.aborted) {
      place.replaceChildren(form(signal, {
        formats: schema.properties.disk_format.enum.filter(format => format),
        web: methods['import-methods'].value.includes('web-download'),
        stores: (stores ? stores.stores : []).filter(store => !store['read-only']),
      }));
    }
  } catch (error) {
    if (!signal.aborted) {
      place.replaceChildren(failure(error));
    }
  }
}

function form(signal, {formats, web, stores}) {
  const chosen = {file: null, named: false, formatted: false};
  const name = el('input', {type: 'text', maxlength: 255, autocomplete: 'off', oninput: () => { chosen.named = true; }});
  const format = select(formats, 'qcow2');
  format.addEventListener('change', () => { chosen.formatted = true; });
  const visibility = select([['private', 'private: your project alone'], ['shared', 'shared: with projects that you name later'],
    ['community', 'community: all projects that know it'], ['public', 'public: all projects']], 'shared');
  const store = select([['', 'the usual one'], ...stores.map(each => [each.id, each.description ? `${each.id}: ${each.description}` : each.id])], '');

  const input = el('input', {type: 'file', class: 'unseen', id: 'file'});
  const what = el('strong', {}, 'Choose a file');
  const drop = el('label', {for: 'file', class: 'drop'}, el('span', {}, what, el('br'), el('span', {class: 'quiet'}, 'or drop it here')));
  const suggest = (guess, text) => {
    if (guess && !chosen.formatted && formats.includes(guess)) {
      format.value = guess;
    }
    if (!chosen.named) {
      name.value = text;
    }
  };
  const take = async file => {
    if (!file) {
      return;
    }
    chosen.file = file;
    what.textContent = `${file.name}, ${bytes(file.size)}`;
    suggest(await guessByContent(file), file.name);
  };
  input.addEventListener('change', () => take(input.files[0]));
  for (const [event, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
    drop.addEventListener(event, occurred => {
      occurred.preventDefault();
      drop.classList.toggle('over', over);
      if (event === 'drop') {
        take(occurred.dataTransfer.files[0]);
      }
    });
  }
  const address = el('input', {type: 'url', placeholder: 'https://…', autocomplete: 'off'});
  address.addEventListener('change', () => suggest(guessByName(address.value), address.value.split(/[?#]/)[0].split('/').pop()));

  const fromFile = el('input', {type: 'radio', name: 'source', value: 'file', checked: true});
  const fromWeb = el('input', {type: 'radio', name: 'source', value: 'web', disabled: !web});
  const filePart = el('div', {class: 'field drop-field'}, input, drop);
  const webPart = field('Address', address, 'The service fetches it, and may refuse addresses that are not public.');
  const turn = () => {
    filePart.hidden = !fromFile.checked;
    webPart.hidden = fromFile.checked;
  };
  fromFile.addEventListener('change', turn);
  fromWeb.addEventListener('change', turn);
  turn();

  const problem = el('div');
  const submit = el('button', {id: 'add'}, 'Add');
  const fields = el('fieldset', {},
    el('fieldset', {}, el('legend', {}, 'Where it comes from'),
      el('div', {class: 'choice'}, el('label', {}, fromFile, 'A file of this machine'), el('label', {}, fromWeb, 'The web')),
      !web && el('p', {class: 'hint'}, 'Imports from the web are switched off here.')),
    filePart, webPart,
    field('Name', name), field('Format', format, 'What it is found to be must be this.'), field('Visibility', visibility),
    stores.length > 1 && field('Store', store), submit);

  const element = el('form', {class: 'panel narrow', novalidate: true}, problem, fields);
  element.addEventListener('submit', async event => {
    event.preventDefault();
    problem.replaceChildren();
    const wanted = {fields: {name: name.value || null, disk_format: format.value, container_format: 'bare', visibility: visibility.value},
      store: store.value, file: fromFile.checked ? chosen.file : null, uri: fromFile.checked ? '' : address.value.trim()};
    if (!wanted.file && !wanted.uri) {
      problem.replaceChildren(failure(new Error(fromFile.checked ? 'Choose a file first.' : 'Say the address first.')));
      (fromFile.checked ? input : address).focus();
      return;
    }
    fields.disabled = true;
    const done = await bring(element, wanted);
    fields.disabled = false;
    if (signal.aborted) { // The user has gone on to other things.
      say(done.text);
    } else if (done.id) {
      say(done.text);
      location.hash = `#image/${encodeURIComponent(done.id)}`;
    } else {
      problem.replaceChildren(failure(new Error(done.text)));
      submit.focus();
    }
  });
  return element;
}

/** How many are under way: whoever closes the page is asked first. */
let underWay = 0;

addEventListener('beforeunload', event => {
  if (underWay > 0) {
    event.preventDefault();
  }
});

/**
 * Makes the image, and shows how that goes; it goes on while other views are looked at. An image that did not become one is
 * taken away again. Answers what to say, and the identifier if there is an image.
 */
async function bring(element, wanted) {
  const cancel = new AbortController();
  const bar = el('progress', {'aria-label': 'Progress'});
  const text = el('p', {class: 'quiet'}, 'Beginning…');
  const live = el('div', {class: 'field', id: 'bringing'}, el('h2', {}, wanted.file ? 'Uploading' : 'Importing'), bar, text,
    el('button', {type: 'button', class: 'plain', onclick: () => cancel.abort()}, 'Cancel'));
  const show = progress => {
    if (progress.bytes_total) {
      bar.max = progress.bytes_total;
      bar.value = progress.bytes_done;
    } else {
      bar.removeAttribute('value');
    }
    text.textContent = progressText(progress);
  };
  element.append(live);
  live.scrollIntoView({block: 'nearest'});
  underWay++;
  let id = null;
  try {
    id = (await post('v2/images', wanted.fields)).id;
    await (wanted.file ? send(id, wanted, show, cancel.signal) : fetchFromWeb(id, wanted, show, cancel.signal));
    const image = await get(imagePath(id));
    if (image.status !== 'active') {
      throw new Error(await reason(id) || `The image is ${image.status}.`);
    }
    return {id, text: `“${image.name || id}” is there.`};
  } catch (error) {
    if (id) {
      await remove(imagePath(id)).catch(() => {});
    }
    return {text: error.name === 'AbortError' ? 'Cancelled.' : error.message};
  } finally {
    underWay--;
    live.remove();
  }
}

function send(id, {file, store}, show, signal) {
  const started = performance.now();
  return upload(`${imagePath(id)}/file`, file, store, (done, total) => {
    const rate = Math.round(done / Math.max(0.001, (performance.now() - started) / 1000));
    show(done < total
      ? {phase: 'uploading', bytes_done: done, bytes_total: total, bytes_per_second: rate, seconds_left: Math.round((total - done) / Math.max(1, rate))}
      : {phase: 'storing', bytes_done: done, bytes_total: 0});
  }, signal);
}

async function fetchFromWeb(id, {uri, store}, show, signal) {
  await post(`${imagePath(id)}/import`, {method: {name: 'web-download', uri}, ...(store ? {stores: [store]} : {})});
  await follow(id, (name, data) => {
    if (name === 'task' && data.progress) {
      show(data.progress);
    } else if (name === 'task' && data.status === 'pending') {
      show({phase: 'waiting for its turn', bytes_done: 0, bytes_total: 0});
    }
  }, signal);
}

/** Why the last task failed. */
async function reason(id) {
  const {tasks} = await get(`${imagePath(id)}/tasks`);
  return tasks.filter(task => task.status === 'failure').at(-1)?.message;
}
