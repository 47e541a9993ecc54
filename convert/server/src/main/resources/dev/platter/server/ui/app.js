// The page: who asks, and which view is shown.

import {get, keepToken, onRefused, token} from './api.js';
import {showAdd} from './add.js';
import {showConvert} from './convert.js';
import {el, failure, field, say} from './dom.js';
import {showImage} from './image.js';
import {showImages} from './images.js';
import {showStores} from './stores.js';
import {showTasks} from './task.js';

const main = document.getElementById('main');
const views = document.getElementById('views');
const signOut = document.getElementById('sign-out');
const VIEWS = {images: ['Images', showImages], image: ['Image', showImage], add: ['Add an image', showAdd],
  convert: ['Convert an image', showConvert], stores: ['Stores', showStores],
  tasks: ['Tasks', showTasks]};

/** Ends what the present view still does. */
let view = new AbortController();
let signedIn = false;

function leave() {
  view.abort();
  view = new AbortController();
  main.replaceChildren();
}

function decoded(argument = '') {
  try {
    return decodeURIComponent(argument);
  } catch {
    return argument;
  }
}

function show(focus = true) {
  const [name, argument] = location.hash.slice(1).split('/');
  const [title, render] = VIEWS[name] || VIEWS.images;
  leave();
  document.title = `${title} – Platter`;
  for (const link of views.querySelectorAll('a')) {
    const here = link.hash === `#${name === 'image' || name === 'convert' ? 'images' : VIEWS[name] ? name : 'images'}`;
    here ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  }
  render(main, view.signal, decoded(argument));
  if (focus) {
    main.focus();
    scrollTo(0, 0);
  }
}

function enter() {
  signedIn = true;
  views.hidden = false;
  signOut.hidden = !token();
  show(false);
}

/** Asks for a token, which is tried before it is believed. */
function askForToken(error) {
  signedIn = false;
  leave();
  views.hidden = true;
  signOut.hidden = true;
  document.title = 'Sign in – Platter';
  const input = el('input', {type: 'password', autocomplete: 'off', spellcheck: 'false', id: 'token'});
  const problem = el('div', {}, error && failure(error));
  const form = el('form', {class: 'panel narrow'},
    el('h1', {}, 'Sign in'), problem,
    field('Token', input, 'It is kept in this tab until it is closed, and sent to this service only.'),
    el('button', {}, 'Sign in'),
    el('p', {class: 'hint'}, 'From Keystone: ', el('code', {}, 'openstack token issue -f value -c id'),
      '. Without Keystone: a token of the service’s token file.'));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    keepToken(input.value.trim());
    try {
      await get('v2/images?limit=1');
      enter();
    } catch (refusal) {
      keepToken('');
      problem.replaceChildren(failure(refusal));
      input.select();
      input.focus();
    }
  });
  main.append(form);
  input.focus();
}

onRefused(() => {
  keepToken('');
  if (signedIn) {
    askForToken(new Error('Your token is wrong or has expired. Please sign in again.'));
  }
});

signOut.addEventListener('click', () => {
  keepToken('');
  askForToken();
  say('You are signed out.');
});

document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});

addEventListener('hashchange', () => {
  if (signedIn) {
    show();
  }
});

// Files that miss the field would be opened in place of the page.
for (const event of ['dragover', 'drop']) {
  addEventListener(event, occurred => occurred.preventDefault());
}

try {
  await get('v2/images?limit=1');
  enter();
} catch (error) {
  if (error.status === 401) {
    askForToken();
  } else {
    main.replaceChildren(failure(error));
  }
}
