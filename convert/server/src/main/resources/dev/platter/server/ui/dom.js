// Elements. What comes from the service is untrusted, whoever wrote it there: it becomes text, never markup.

/** Makes an element. Attributes whose names begin with "on" are listeners; children are elements or texts. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** Puts these in the place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

let unique = 0;

/** A label and its field, below each other, with a hint that belongs to it. */
export function field(label, input, hint) {
  input.id ||= `field-${++unique}`;
  const parts = [el('label', {for: input.id}, label), input];
  if (hint) {
    const text = el('p', {class: 'hint', id: `${input.id}-hint`}, hint);
    input.setAttribute('aria-describedby', text.id);
    parts.push(text);
  }
  return el('div', {class: 'field'}, parts);
}

/** A choice of one; options are texts, or pairs of value and text. */
export function select(options, chosen) {
  return el('select', {}, options.map(option => {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    return el('option', {value, selected: value === chosen}, text);
  }));
}

/** Terms and what they are; those without a value are left out. */
export function terms(pairs) {
  const list = el('dl');
  for (const [term, value] of pairs) {
    if (value !== null && value !== undefined && value !== '') {
      list.append(el('dt', {}, term), el('dd', {}, value));
    }
  }
  return list;
}

export function badge(text, kind = '') {
  return el('span', {class: `badge ${kind}`}, text);
}

let silence;

/** Says something short to everybody, those who cannot see it too. */
export function say(text) {
  const notice = document.getElementById('notice');
  notice.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { notice.textContent = ''; }, 8000);
}

/** What went wrong, as a sentence; read out at once. */
export function failure(error) {
  return el('p', {class: 'error', role: 'alert'}, error.message || String(error));
}

/** Asks before something is done that cannot be undone; the promise is whether it is to be done. */
export function confirm(title, text, action) {
  return new Promise(resolve => {
    const dialog = el('dialog', {'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text'},
      el('h1', {id: 'dialog-title'}, title),
      el('p', {id: 'dialog-text'}, text),
      el('form', {method: 'dialog', class: 'actions'},
        el('button', {value: 'no', class: 'plain', autofocus: true}, 'Cancel'),
        el('button', {value: 'yes', class: 'danger', id: 'confirm'}, action)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
