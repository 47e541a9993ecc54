// New images: a file of this machine, or one that the service fetches from the web.

import {bringFor, fetchBy, send, storeChoice, visibilityChoice, writable} from './bring.js';
import {get, getUnless} from './api.js';
import {el, failure, field, select} from './dom.js';
import {guessByContent, guessByName} from './guess.js';
import {bytes} from './text.js';

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
        stores: writable(stores),
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
  const visibility = visibilityChoice();
  const store = storeChoice(stores);

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
    const file = fromFile.checked ? chosen.file : null;
    const uri = fromFile.checked ? '' : address.value.trim();
    if (!file && !uri) {
      problem.replaceChildren(failure(new Error(fromFile.checked ? 'Choose a file first.' : 'Say the address first.')));
      (fromFile.checked ? input : address).focus();
      return;
    }
    await bringFor({form: element, fields, problem, submit}, signal, {
      title: file ? 'Uploading' : 'Importing',
      fields: {name: name.value || null, disk_format: format.value, container_format: 'bare', visibility: visibility.value},
      begin: file ? send(file, store.value) : fetchBy({name: 'web-download', uri}, store.value),
    });
  });
  return element;
}
